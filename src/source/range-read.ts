import { BlockRanges } from "./block-ranges.ts";
import type { BlockRange, HeapTable, Slab, SlabPool, Source, WireRead } from "./contract.ts";
import { recut } from "./recut.ts";
import { createSlabPool } from "./slab-pool.ts";
import { wireRead } from "./wire-read.ts";

export interface RangeReadOptions {
  /** Sessions that see one snapshot, each ready by {@link Source.beginRanges}. */
  readonly sources: readonly Source[];
  readonly heap: HeapTable;
  /** Makes the SELECT of a range. */
  readonly select: (range: BlockRange) => string;
  /** Where the slabs come from that are handed out. */
  readonly pool: SlabPool;
  /** Wire data of one range, about. Less than `windowBytes`, or sessions wait for each other more than they read. */
  readonly rangeBytes: number;
  /** What one session may have read ahead; a larger row is read ahead alone. */
  readonly windowBytes: number;
}

/** What was read of one range and not yet taken. */
interface Lane {
  readonly slabs: Slab[];
  readonly window: SlabPool;
  ended: boolean;
}

/**
 * Reads a heap over several sessions: each takes the next range of blocks when it has read one, ahead of whoever takes the rows by its
 * window at most. Rows come in the order of the heap, and in the very slabs that one session would give.
 */
export function readRanges(options: RangeReadOptions): WireRead {
  return wireRead(async function* () {
    const lanes = new Lanes(options);
    yield* recut(lanes.slabs(), options.pool);
    return lanes.rows;
  });
}

class Lanes {
  /** By the server's own counts. */
  rows = 0;
  readonly #options: RangeReadOptions;
  readonly #ranges: BlockRanges;
  readonly #stop = new AbortController();
  /** In the order of the heap; the first one is being taken. */
  readonly #lanes: Lane[] = [];
  #reading = 0;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(options: RangeReadOptions) {
    this.#options = options;
    this.#ranges = new BlockRanges(options.heap, options.rangeBytes);
  }

  /** A slab's memory serves again as soon as the next slab is asked for. The first failure of any session ends all. */
  async *slabs(): AsyncGenerator<Slab, void, void> {
    const sessions = this.#options.sources.map((source) => this.#run(source));
    try {
      while (true) {
        if (this.#failure !== null) throw this.#failure.error;
        const lane = this.#lanes[0];
        const slab = lane?.slabs.shift();
        if (lane !== undefined && slab !== undefined) {
          yield slab;
          lane.window.release(slab);
        } else if (lane?.ended) this.#lanes.shift();
        else if (this.#reading === 0) return;
        else await this.#change();
      }
    } finally {
      this.#stop.abort();
      await Promise.all(sessions);
    }
  }

  async #run(source: Source): Promise<void> {
    this.#reading++;
    try {
      await this.#readAll(source);
    } catch (error) {
      // What the others say from now on is that they were stopped.
      this.#failure ??= { error };
      this.#stop.abort();
    } finally {
      this.#reading--;
      this.#wake();
    }
  }

  async #readAll(source: Source): Promise<void> {
    const { slabBytes } = this.#options.pool;
    const window = createSlabPool({ slabBytes, slabCount: Math.ceil(this.#options.windowBytes / slabBytes), inBytes: true });
    for (let range = this.#ranges.take(); range !== null; range = this.#ranges.take()) {
      const lane: Lane = { slabs: [], window, ended: false };
      this.#lanes.push(lane);
      const read = source.read(this.#options.select(range), window, "copy", this.#stop.signal);
      let wireBytes = 0;
      for await (const slab of read) {
        wireBytes += slab.byteLength;
        lane.slabs.push(slab);
        this.#wake();
      }
      this.rows += await read.rows;
      this.#ranges.learn(range, wireBytes);
      lane.ended = true;
      this.#wake();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
