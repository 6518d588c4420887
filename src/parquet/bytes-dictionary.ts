/**
 * Dictionary of byte strings: open addressing over an Int32Array in which each slot holds a hash and an entry, so that a look-up
 * that has to go on touches one cache line. It compares the 32-bit hash first, then the length, then the bytes, four at a time
 * with one overlapping word at the end; of up to four bytes the hash is one-to-one, and nothing is left to compare. Entries lie in
 * PLAIN form (int32 length, bytes), so the dictionary page is this memory as it stands. All memory grows from little: a table may
 * have 1,600 columns.
 */

/** Indices are kept in 16 bits. */
export const MAX_ENTRIES = 65_536;
/** Readers hold a dictionary in memory; parquet-mr and Arrow stop at the same size. */
export const MAX_DICTIONARY_BYTES = 1 << 20;

const C1 = 0xcc9e2d51 | 0;
const C2 = 0x85ebca6b | 0;

export class BytesDictionary {
  /** Number of entries. */
  size = 0;
  /** Bytes of the entries in PLAIN form. */
  byteLength = 0;
  /** Slot s: the hash at 2s, entry + 1 at 2s + 1, which is 0 where free. */
  #table = new Int32Array(128);
  /** Where each entry's bytes begin in `#data`, past its length. */
  #starts = new Int32Array(32);
  #lengths = new Int32Array(32);
  #data = new Uint8Array(512);
  #dataView = new DataView(this.#data.buffer);

  clear(): void {
    this.#table.fill(0);
    this.size = 0;
    this.byteLength = 0;
  }

  /** The dictionary page's body: valid until the next call. */
  plain(): Uint8Array {
    return this.#data.subarray(0, this.byteLength);
  }

  get starts(): Int32Array {
    return this.#starts;
  }
  get lengths(): Int32Array {
    return this.#lengths;
  }
  get data(): Uint8Array {
    return this.#data;
  }
  get view(): DataView {
    return this.#dataView;
  }

  /**
   * Writes the index of each value to `out[at …]`, adding entries for new ones. Returns how many values were taken: fewer than
   * `count` when the dictionary is full at that one.
   */
  index(view: DataView, starts: Int32Array, lengths: Int32Array, count: number, out: Uint16Array, at: number): number {
    let table = this.#table;
    let mask = table.length - 2;
    let entryLengths = this.#lengths;
    const viewBytes = view.byteLength;
    for (let i = 0; i < count; i++) {
      const start = starts[i]!;
      const length = lengths[i]!;
      const hash = length <= 4 ? hashShort(view, start, length, viewBytes) : hashLong(view, start, length);
      let slot = (hash << 1) & mask;
      let entry = table[slot + 1]! - 1;
      while (entry !== -1) {
        const same = table[slot] === hash && entryLengths[entry] === length;
        if (same && (length <= 4 || this.#equals(entry, view, start, length))) break;
        slot = (slot + 2) & mask;
        entry = table[slot + 1]! - 1;
      }
      if (entry === -1) {
        if (this.size === MAX_ENTRIES || this.byteLength + length + 4 > MAX_DICTIONARY_BYTES) return i;
        entry = this.#add(view, start, length);
        table[slot] = hash;
        table[slot + 1] = entry + 1;
        if (this.size * 4 > table.length) this.#grow();
        table = this.#table;
        mask = table.length - 2;
        entryLengths = this.#lengths;
      }
      out[at + i] = entry;
    }
    return count;
  }

  /** Of values of more than four bytes. */
  #equals(entry: number, view: DataView, start: number, length: number): boolean {
    const own = this.#dataView;
    const mine = this.#starts[entry]!;
    const last = length - 4;
    for (let i = 0; i < last; i += 4) if (own.getInt32(mine + i) !== view.getInt32(start + i)) return false;
    return own.getInt32(mine + last) === view.getInt32(start + last);
  }

  #add(view: DataView, start: number, length: number): number {
    const entry = this.size++;
    if (entry === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#lengths = doubled(this.#lengths);
    }
    const at = this.byteLength;
    if (at + length + 4 > this.#data.length) {
      const grown = new Uint8Array(Math.max(this.#data.length * 2, at + length + 4));
      grown.set(this.#data);
      this.#data = grown;
      this.#dataView = new DataView(grown.buffer);
    }
    this.#dataView.setInt32(at, length, true);
    for (let i = 0; i < length; i++) this.#data[at + 4 + i] = view.getUint8(start + i);
    this.#starts[entry] = at + 4;
    this.#lengths[entry] = length;
    this.byteLength = at + 4 + length;
    return entry;
  }

  #grow(): void {
    const old = this.#table;
    const table = new Int32Array(old.length * 2);
    const mask = table.length - 2;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let slot = (old[from]! << 1) & mask;
      while (table[slot + 1] !== 0) slot = (slot + 2) & mask;
      table[slot] = old[from]!;
      table[slot + 1] = old[from + 1]!;
    }
    this.#table = table;
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}

/** Up to four bytes fit one word: one multiplication spreads them. Every step is one-to-one, so of values of one length no two share a hash. */
function hashShort(view: DataView, start: number, length: number, viewBytes: number): number {
  let word = 0;
  if (length === 4) word = view.getInt32(start, true);
  else if (start + 4 <= viewBytes) word = view.getInt32(start, true) & ((1 << (length * 8)) - 1);
  else for (let i = 0; i < length; i++) word |= view.getUint8(start + i) << (i * 8);
  return finish(Math.imul(word, C1) ^ length);
}

function hashLong(view: DataView, start: number, length: number): number {
  let hash = length;
  const last = start + length - 4;
  for (let at = start; at < last; at += 4) {
    hash = Math.imul(hash ^ Math.imul(view.getInt32(at, true), C1), 5);
    hash = (hash << 13) | (hash >>> 19);
  }
  return finish(hash ^ Math.imul(view.getInt32(last, true), C1));
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), C2);
  return mixed ^ (mixed >>> 13);
}
