import { type Alignment, dividedGroup } from "./decimal-alignment.ts";
import { HEADER_BYTES } from "./numeric-wire.ts";

/** 12 digits, three groups, are summed in one double; four such chunks hold every decimal of 38 digits. */
const CHUNK_GROUPS = 3;
const CHUNKS = 4;
const MOST_GROUPS = CHUNK_GROUPS * CHUNKS;
const CHUNK_OF_EXPONENT = Uint8Array.from({ length: MOST_GROUPS }, (_, exponent) => Math.floor(exponent / CHUNK_GROUPS));
const POWER_OF_EXPONENT = Float64Array.from({ length: MOST_GROUPS }, (_, exponent) => 10_000 ** (exponent % CHUNK_GROUPS));

const WORD = 2 ** 32;
const HALF_CHUNK = 1_000_000;

/** Reads numerics that a double can't hold. */
export interface WideReader {
  /** |value| × 10^scale, as four words, the lowest first; valid until the next read. */
  readonly limbs: Int32Array;
  /** False when the value has digits beyond the scale or more than `precision` digits. The sign is the caller's. */
  read(view: DataView, at: number): boolean;
}

export function createWideReader(precision: number, alignment: Alignment): WideReader {
  const limbs = new Int32Array(CHUNKS);
  const chunks = new Float64Array(CHUNKS);
  const accumulator = new Float64Array(CHUNKS);
  const limit = wordsOf(10n ** BigInt(precision));
  // What the second chunk counts, 10^12 × power, in words: 232 × 2^32 + … for a power of 1.
  const secondChunk = 10 ** (4 * CHUNK_GROUPS) * alignment.power;
  const secondHigh = Math.floor(secondChunk / WORD);
  const secondLow = secondChunk - secondHigh * WORD;

  function read(view: DataView, at: number): boolean {
    const part = readChunks(view, at, alignment, chunks);
    if (part < 0) return false;
    const first = chunks[0]! * alignment.power + part;
    const second = chunks[1]!;
    if (second < HALF_CHUNK && chunks[2] === 0 && chunks[3] === 0) {
      // Below 10^18 × power every step is exact in doubles: second × secondLow < 2^52, first < 2^50.
      const low = second * secondLow + first;
      const carry = Math.floor(low / WORD);
      accumulator[0] = low - carry * WORD;
      const high = second * secondHigh + carry;
      const highCarry = Math.floor(high / WORD);
      accumulator[1] = high - highCarry * WORD;
      accumulator[2] = highCarry;
      accumulator[3] = 0;
    } else if (!sumChunks(chunks, alignment.power, part, accumulator)) return false;
    if (!isBelow(accumulator, limit)) return false;
    for (let i = 0; i < CHUNKS; i++) limbs[i] = accumulator[i]!;
    return true;
  }
  return { limbs, read };
}

/** Fills the chunks with the groups that count whole; gives what the group below them adds, or -1 when the value doesn't fit. */
function readChunks(view: DataView, at: number, alignment: Alignment, chunks: Float64Array): number {
  const header = view.getInt32(at);
  const end = at + HEADER_BYTES + 2 * (header >>> 16);
  let exponent = ((header << 16) >> 16) + alignment.groups;
  chunks[0] = 0;
  chunks[1] = 0;
  chunks[2] = 0;
  chunks[3] = 0;
  let group = at + HEADER_BYTES;
  if (group === end) return 0;
  if (exponent < -1 || exponent >= MOST_GROUPS) return -1;
  for (; exponent >= 0 && group < end; exponent--, group += 2) {
    const chunk = CHUNK_OF_EXPONENT[exponent]!;
    chunks[chunk] = chunks[chunk]! + view.getUint16(group) * POWER_OF_EXPONENT[exponent]!;
  }
  if (group === end) return 0;
  return group + 2 === end ? dividedGroup(view.getUint16(group), alignment) : -1;
}

/** What the highest chunk can be in 38 digits, and more than that: 10^14 is exact in a double. */
const MOST_OF_LAST_CHUNK = 100;

/**
 * Horner's rule in steps of six digits: a word times 10^6 plus a carry stays below 2^53. Each step takes no more words than its
 * result has. False when four words don't hold the sum.
 */
function sumChunks(chunks: Float64Array, power: number, part: number, accumulator: Float64Array): boolean {
  if (chunks[3]! >= MOST_OF_LAST_CHUNK) return false;
  const upper = chunks[3]! * HALF_CHUNK * HALF_CHUNK + chunks[2]!;
  const high = Math.floor(upper / WORD);
  accumulator[0] = upper - high * WORD;
  accumulator[1] = high;
  accumulator[2] = 0;
  accumulator[3] = 0;
  multiplyAddChunk(accumulator, 3, chunks[1]!);
  return multiplyAddChunk(accumulator, 4, chunks[0]!) === 0 && multiplyAdd(accumulator, 4, power, part) === 0;
}

function multiplyAddChunk(accumulator: Float64Array, words: number, chunk: number): number {
  const upper = Math.floor(chunk / HALF_CHUNK);
  const carry = multiplyAdd(accumulator, words, HALF_CHUNK, upper);
  return carry + multiplyAdd(accumulator, words, HALF_CHUNK, chunk - upper * HALF_CHUNK);
}

/** accumulator × factor + addend; gives what passes the highest of the words. */
function multiplyAdd(accumulator: Float64Array, words: number, factor: number, addend: number): number {
  let carry = addend;
  for (let i = 0; i < words; i++) {
    const product = accumulator[i]! * factor + carry;
    carry = Math.floor(product / WORD);
    accumulator[i] = product - carry * WORD;
  }
  return carry;
}

function isBelow(words: Float64Array, limit: Float64Array): boolean {
  for (let i = CHUNKS - 1; i >= 0; i--) if (words[i] !== limit[i]) return words[i]! < limit[i]!;
  return false;
}

function wordsOf(value: bigint): Float64Array {
  return Float64Array.from({ length: CHUNKS }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn));
}

/** Writes ±limbs as a big-endian two's complement of `width` bytes. */
export function writeTwosComplement(out: Uint8Array, to: number, width: number, limbs: Int32Array, negative: boolean): void {
  let carry = negative ? 1 : 0;
  const flip = negative ? -1 : 0;
  let end = to + width;
  for (let i = 0; end > to; i++) {
    const word = (limbs[i]! ^ flip) + carry;
    // Only a word of zeros, flipped, carries on.
    carry &= limbs[i] === 0 ? 1 : 0;
    for (let shift = 0; shift < 32 && end > to; shift += 8) out[--end] = word >> shift;
  }
}

/** Writes an integer that a double holds as a big-endian two's complement of `width` bytes, 8 or more. */
export function writeInt64(out: DataView, to: number, width: number, value: number): void {
  const high = Math.floor(value / WORD);
  const lowAt = to + width - 4;
  out.setInt32(lowAt, value);
  out.setInt32(lowAt - 4, high);
  for (let i = to; i < lowAt - 4; i++) out.setInt8(i, high >> 31);
}
