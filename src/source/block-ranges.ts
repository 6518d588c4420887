import type { BlockRange, HeapTable } from "./contract.ts";

/** Stretches with little in them (deleted rows) don't make the next range larger than this many times what was expected. */
const MOST_TIMES = 16;

/**
 * Hands out a heap's blocks in order. Ranges hold about `rangeBytes` of wire data each, by what those before them have held: how much
 * a block's rows are outside, with what lies in TOAST, no catalog tells. The last one has no end, for the heap may have grown.
 */
export class BlockRanges {
  readonly #blocks: number;
  readonly #rangeBytes: number;
  readonly #expected: number;
  #next: number | null = 0;
  #readBlocks = 0;
  #readBytes = 0;

  constructor({ blocks, bytes }: HeapTable, rangeBytes: number) {
    this.#blocks = blocks;
    this.#rangeBytes = rangeBytes;
    this.#expected = bytes / Math.max(1, blocks);
  }

  /** The next range; null when all are handed out. A heap without blocks is one range. */
  take(): BlockRange | null {
    const from = this.#next;
    if (from === null) return null;
    const bytesPerBlock = this.#readBlocks === 0 ? this.#expected : this.#readBytes / this.#readBlocks;
    const most = Math.ceil((MOST_TIMES * this.#rangeBytes) / Math.max(1, this.#expected));
    const count = Math.max(1, Math.min(most, Math.round(this.#rangeBytes / Math.max(1, bytesPerBlock))));
    const to = from + count < this.#blocks ? from + count : null;
    this.#next = to;
    return { from, to };
  }

  /** What a range turned out to hold. */
  learn({ from, to }: BlockRange, wireBytes: number): void {
    this.#readBlocks += (to ?? this.#blocks) - from;
    this.#readBytes += wireBytes;
  }
}

/** How many sessions a heap is worth: a small one has fewer ranges than there might be sessions. */
export function sessionCount({ bytes }: HeapTable, rangeBytes: number, most: number): number {
  return Math.max(1, Math.min(most, Math.ceil(bytes / rangeBytes)));
}
