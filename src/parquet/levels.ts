import { bitWidthOf, encodeBits, encodeHybrid, encodeRun, hybridBound } from "./hybrid.ts";
import type { PageBody } from "./page-body.ts";

/** Definition or repetition levels of the open page. As long as all are the maximum (no nulls), only their number is kept. */
export class LevelBuffer {
  /** Number of levels. */
  length = 0;
  readonly #max: number;
  #levels = new Uint8Array(0);
  /** False while every level is the maximum. */
  #mixed = false;

  constructor(max: number) {
    this.#max = max;
  }

  /** @param levels one byte each, or null for `count` times the maximum */
  append(levels: Uint8Array | null, count: number): void {
    const end = this.length + count;
    if (this.#max > 0 && (levels !== null || this.#mixed)) {
      this.#reserve(end);
      if (!this.#mixed) this.#levels.fill(this.#max, 0, this.length);
      this.#mixed = true;
      if (levels === null) this.#levels.fill(this.#max, this.length, end);
      else this.#levels.set(levels.length === count ? levels : levels.subarray(0, count), this.length);
    }
    this.length = end;
  }

  clear(): void {
    this.length = 0;
    this.#mixed = false;
  }

  /** A V1 page's levels: int32 byte length, then the hybrid; nothing at all when the maximum is 0. */
  prependTo(body: PageBody): void {
    if (this.#max === 0) return;
    const bitWidth = bitWidthOf(this.#max);
    const encoded = new Uint8Array(this.#mixed ? 4 + hybridBound(this.length, bitWidth) : 16);
    const end = this.#encode(bitWidth, encoded, 4);
    new DataView(encoded.buffer).setInt32(0, end - 4, true);
    body.prepend(encoded.subarray(0, end));
  }

  #encode(bitWidth: number, out: Uint8Array, at: number): number {
    if (!this.#mixed) return encodeRun(this.length, this.#max, bitWidth, out, at);
    if (bitWidth === 1) return encodeBits(this.#levels, this.length, out, at);
    return encodeHybrid(new Uint16Array(this.#levels.subarray(0, this.length)), this.length, bitWidth, out, at);
  }

  #reserve(count: number): void {
    if (count <= this.#levels.length) return;
    const grown = new Uint8Array(Math.max(count, this.#levels.length * 2, 256));
    grown.set(this.#levels.subarray(0, this.length));
    this.#levels = grown;
  }
}
