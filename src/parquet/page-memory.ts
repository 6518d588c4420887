/** What is kept for the next pages at the most: the columns of most tables never give back as much. */
const KEPT_BYTES = 16 << 20;

/**
 * Memory for the pages that are being filled. A page takes it with its first value and gives it back when it is closed: the columns of a
 * wide table, whose pages are closed one after the other when a row group ends, so get by with little.
 */
export class PageMemory {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #freeBytes = 0;

  /** Memory that was given back, of any length; the one that was given back last is still in the cache. */
  take(): Uint8Array<ArrayBuffer> | null {
    const bytes = this.#free.pop() ?? null;
    if (bytes !== null) this.#freeBytes -= bytes.length;
    return bytes;
  }

  give(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0 || this.#freeBytes + bytes.length > KEPT_BYTES) return;
    this.#free.push(bytes);
    this.#freeBytes += bytes.length;
  }
}
