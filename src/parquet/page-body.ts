import type { BytesVector } from "../model/vector.ts";
import type { PageMemory } from "./page-memory.ts";

/** Room ahead of the values of a usual page, so that levels can be put before them without moving the values. */
const HEADROOM_BYTES = 40 << 10;
/** Where memory begins to grow from. */
const LEAST_BYTES = 1 << 10;
/** A batch's share of one column is rarely more. */
const BATCH_BYTES = 32 << 10;
/** Memory of up to this many usual pages is kept. */
const KEEP_PAGES = 8;
/**
 * From this size on the memory is a resizable buffer, which gives its pages back to the system when it is shrunk; any other buffer
 * keeps them until the garbage collector comes by, and 200 MB more would be held while a huge page is stored.
 */
const RESIZABLE_BYTES = 16 << 20;
/** Words may be copied four bytes at a time past a value's end; this much slack is always there. */
const SLACK_BYTES = 8;
/**
 * From this length on a native copy beats a loop over words: at 64 bytes the loop takes 12 ns and the call 45 ns,
 * at 256 bytes both take about 50 ns.
 */
const NATIVE_COPY_BYTES = 256;

/**
 * The uncompressed body of the page that is being filled. Its memory grows with what it is given: of the 1,600 columns of a wide table
 * hardly one ever fills a page.
 */
export class PageBody {
  readonly #usualBytes: number;
  readonly #memory: PageMemory;
  #bytes = NO_BYTES;
  #view = NO_VIEW;
  #start = 0;
  #end = 0;

  /** @param pageBytes at which the page will be closed: memory for that and a batch more is what usually suffices */
  constructor(pageBytes: number, memory: PageMemory) {
    this.#memory = memory;
    this.#usualBytes = HEADROOM_BYTES + pageBytes + BATCH_BYTES;
  }

  /** Bytes of values. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** Begins the next page. Memory that one huge value needed and the next page hardly will goes back to the system. */
  clear(): void {
    const bytes = this.#bytes;
    this.#use(NO_BYTES);
    this.#start = 0;
    this.#end = 0;
    if (bytes.length <= KEEP_PAGES * this.#usualBytes) this.#memory.give(bytes);
    else if ((bytes.buffer as ResizableBuffer).resizable) (bytes.buffer as ResizableBuffer).resize(0);
  }

  /** Fixed-width values as they lie in memory: Parquet's PLAIN is little-endian, as every machine that Node runs on. */
  appendRaw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** PLAIN byte strings: each value's int32 length and bytes, for values `from … count` of the vector. */
  appendByteStrings(
    vector: Pick<BytesVector, "source" | "starts" | "lengths">,
    view: DataView,
    from: number,
    count: number,
  ): void {
    const { source, starts, lengths } = vector;
    let total = 4 * (count - from);
    for (let i = from; i < count; i++) total += lengths[i]!;
    this.#reserve(total);
    const out = this.#view;
    // The word loop reads up to three bytes past a value; near the source's end it may not.
    const lastWordStart = source.byteLength - 4;
    let at = this.#end;
    for (let i = from; i < count; i++) {
      const start = starts[i]!;
      const length = lengths[i]!;
      out.setInt32(at, length, true);
      at += 4;
      if (length <= NATIVE_COPY_BYTES && start + length <= lastWordStart) {
        for (let k = 0; k < length; k += 4) out.setInt32(at + k, view.getInt32(start + k, true), true);
      } else {
        this.#bytes.set(source.subarray(start, start + length), at);
      }
      at += length;
    }
    this.#end = at;
  }

  /** Lets `write` put at most `bound` bytes at the given position of the given memory; it returns the position after them. */
  appendWith(bound: number, write: (bytes: Uint8Array, at: number) => number): void {
    this.#reserve(bound);
    this.#end = write(this.#bytes, this.#end);
  }

  /** Puts bytes ahead of everything. */
  prepend(bytes: Uint8Array): void {
    this.#reserve(0);
    if (bytes.length > this.#start) {
      const shift = 2 * bytes.length;
      const grown = new Uint8Array(this.#bytes.length + shift);
      grown.set(this.#bytes, shift);
      this.#use(grown);
      this.#start += shift;
      this.#end += shift;
    }
    this.#start -= bytes.length;
    this.#bytes.set(bytes, this.#start);
  }

  /** What the page holds: valid until it is touched again. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  #reserve(count: number): void {
    if (this.#bytes.length === 0) this.#begin();
    const needed = this.#end + count + SLACK_BYTES;
    if (needed <= this.#bytes.length) return;
    const grown = this.#larger(needed);
    const start = this.#headroom(grown.length);
    grown.set(this.#bytes.subarray(this.#start, this.#end), start);
    this.#end += start - this.#start;
    this.#start = start;
    this.#use(grown);
  }

  /** In memory that an earlier page had, where there is any. */
  #begin(): void {
    const bytes = this.#memory.take();
    if (bytes === null) return;
    this.#use(bytes);
    this.#start = this.#headroom(bytes.length);
    this.#end = this.#start;
  }

  /** Of memory for a usual page; of less an eighth, which is room for the levels of all but the narrowest values. */
  #headroom(byteLength: number): number {
    return byteLength >= this.#usualBytes ? HEADROOM_BYTES : byteLength >> 3;
  }

  #larger(needed: number): Uint8Array<ArrayBuffer> {
    const { length } = this.#bytes;
    const contents = needed - this.#start;
    // Doubling a 200 MB page would hold 600 MB while copying: of much take what is needed, and a little.
    if (needed > RESIZABLE_BYTES) return resizableMemory(contents + HEADROOM_BYTES + (1 << 20));
    const small = Math.max(length * 2, contents + (contents >> 2), LEAST_BYTES);
    if (small < this.#usualBytes) return new Uint8Array(small);
    const usual = length < this.#usualBytes ? this.#usualBytes : length * 2;
    return new Uint8Array(Math.max(usual, contents + HEADROOM_BYTES));
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = bytes === NO_BYTES ? NO_VIEW : new DataView(bytes.buffer);
  }
}

const NO_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const NO_VIEW = new DataView(NO_BYTES.buffer);

/** An ArrayBuffer as of ECMAScript 2024, which Node has from version 20 on. */
type ResizableBuffer = ArrayBuffer & { readonly resizable: boolean; resize(byteLength: number): void };

function resizableMemory(byteLength: number): Uint8Array<ArrayBuffer> {
  const Resizable = ArrayBuffer as unknown as new (byteLength: number, options: { maxByteLength: number }) => ArrayBuffer;
  return new Uint8Array(new Resizable(byteLength, { maxByteLength: byteLength }));
}
