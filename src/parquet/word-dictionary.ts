import { MAX_DICTIONARY_BYTES, MAX_ENTRIES } from "./bytes-dictionary.ts";

/**
 * So many values around the first one are looked up in an array, by their distance from it: 2 ns where the hash
 * table takes 4 to 6. Dates, small integers and money lie so close together; others go by their hash as before.
 */
const NEAR_VALUES = 1 << 16;

/** Dictionary of 32-bit (`width` 1) or 64-bit (`width` 2, low word first) values: open addressing over an Int32Array. */
export class WordDictionary {
  size = 0;
  readonly #width: 1 | 2;
  #table = new Int32Array(64); // entry + 1; 0 where free
  #words: Int32Array;
  /**
   * entry + 1 of the value `#base + index`; 0 where there is none. Such values aren't looked up in the table. It is there from the
   * second row group on, and as long as the one before had values: a small table, or one of a thousand columns, has no use for more.
   */
  #near = new Int32Array(0);
  /** Values that were looked up since the dictionary was cleared. */
  #asked = 0;
  /** Those before. */
  #askedBefore = 0;
  #base = 0;
  #baseHigh = 0;

  constructor(width: 1 | 2) {
    this.#width = width;
    this.#words = new Int32Array(32 * width);
  }

  get byteLength(): number {
    return this.size * this.#width * 4;
  }

  /** Entry words, `width` each; only the first `size` entries mean anything. */
  get words(): Int32Array {
    return this.#words;
  }

  clear(): void {
    this.#table.fill(0);
    // By entry: filling would make all of the array resident.
    for (let entry = 0; entry < this.size; entry++) {
      const offset = (this.#words[entry * this.#width]! - this.#base) >>> 0;
      if (offset < this.#near.length) this.#near[offset] = 0;
    }
    this.size = 0;
    this.#askedBefore = this.#asked;
    this.#asked = 0;
  }

  /** The dictionary page's body: valid until the next call. */
  plain(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.byteLength);
  }

  /** As {@link BytesDictionary.index}. */
  index(values: Int32Array, count: number, out: Uint16Array, at: number): number {
    if (this.size === 0 && count > 0) {
      const length = Math.min(2 ** (32 - Math.clz32(this.#askedBefore)), NEAR_VALUES);
      if (this.#askedBefore > 0 && length > this.#near.length) this.#near = new Int32Array(length);
      this.#base = (values[0]! - this.#near.length / 2) | 0;
      this.#baseHigh = this.#width === 1 ? 0 : values[1]!;
    }
    this.#asked += count;
    return this.#width === 1 ? this.#index32(values, count, out, at) : this.#index64(values, count, out, at);
  }

  #index32(values: Int32Array, count: number, out: Uint16Array, at: number): number {
    const near = this.#near;
    const base = this.#base;
    let table = this.#table;
    let mask = table.length - 1;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      const offset = (value - base) >>> 0;
      let slot = 0;
      let entry = 0;
      if (offset < near.length) entry = near[offset]! - 1;
      else {
        slot = hash32(value) & mask;
        entry = table[slot]! - 1;
        while (entry !== -1 && this.#words[entry] !== value) {
          slot = (slot + 1) & mask;
          entry = table[slot]! - 1;
        }
      }
      if (entry === -1) {
        if (this.#full()) return i;
        entry = this.size++;
        this.#words[entry] = value;
        if (offset < near.length) near[offset] = entry + 1;
        else table[slot] = entry + 1;
        if (this.#crowded()) this.#grow();
        table = this.#table;
        mask = table.length - 1;
      }
      out[at + i] = entry;
    }
    return count;
  }

  #index64(words: Int32Array, count: number, out: Uint16Array, at: number): number {
    const near = this.#near;
    const base = this.#base;
    const baseHigh = this.#baseHigh;
    let table = this.#table;
    let mask = table.length - 1;
    for (let i = 0; i < count; i++) {
      const low = words[i * 2]!;
      const high = words[i * 2 + 1]!;
      const offset = (low - base) >>> 0;
      const isNear = offset < near.length && high === baseHigh;
      let slot = 0;
      let entry = 0;
      if (isNear) entry = near[offset]! - 1;
      else {
        slot = hash64(low, high) & mask;
        entry = table[slot]! - 1;
        while (entry !== -1 && (this.#words[entry * 2] !== low || this.#words[entry * 2 + 1] !== high)) {
          slot = (slot + 1) & mask;
          entry = table[slot]! - 1;
        }
      }
      if (entry === -1) {
        if (this.#full()) return i;
        entry = this.size++;
        this.#words[entry * 2] = low;
        this.#words[entry * 2 + 1] = high;
        if (isNear) near[offset] = entry + 1;
        else table[slot] = entry + 1;
        if (this.#crowded()) this.#grow();
        table = this.#table;
        mask = table.length - 1;
      }
      out[at + i] = entry;
    }
    return count;
  }

  #full(): boolean {
    return this.size === MAX_ENTRIES || this.byteLength + this.#width * 4 > MAX_DICTIONARY_BYTES;
  }

  #crowded(): boolean {
    return this.size * 2 > this.#table.length || (this.size + 1) * this.#width > this.#words.length;
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    const table = new Int32Array(Math.max(this.#table.length, words.length * 2));
    const mask = table.length - 1;
    for (let entry = 0; entry < this.size; entry++) {
      const hash = this.#width === 1 ? hash32(words[entry]!) : hash64(words[entry * 2]!, words[entry * 2 + 1]!);
      let slot = hash & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = entry + 1;
    }
    this.#table = table;
  }
}

function hash32(value: number): number {
  const mixed = Math.imul(value, 0x9e3779b1 | 0);
  return mixed ^ (mixed >>> 15);
}

function hash64(low: number, high: number): number {
  const mixed = Math.imul(low, 0x9e3779b1 | 0) ^ Math.imul(high, 0x85ebca6b | 0);
  return mixed ^ (mixed >>> 15);
}
