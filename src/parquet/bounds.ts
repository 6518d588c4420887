import type { ValueOrder } from "./schema.ts";

/**
 * Smallest and largest value of a page, as Parquet's PLAIN bytes, and how two such are compared.
 * Source: parquet.thrift, Statistics and ColumnOrder (TYPE_DEFINED_ORDER).
 */
export interface Bounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  /** False when the bytes are a bound, not a value that occurs: long text is cut. */
  readonly minExact: boolean;
  readonly maxExact: boolean;
}

/** Longer values are cut to this many bytes: a bound is for skipping pages, and 64 bytes tell text apart. */
export const BOUND_BYTES = 64;

/** The union of two bounds; either may be missing. */
export function mergeBounds(order: ValueOrder, a: Bounds | null, b: Bounds | null): Bounds | null {
  if (a === null || b === null) return a ?? b;
  const lower = compareValues(order, a.min, b.min) <= 0 ? a : b;
  const upper = compareValues(order, a.max, b.max) >= 0 ? a : b;
  return { min: lower.min, minExact: lower.minExact, max: upper.max, maxExact: upper.maxExact };
}

/** Negative, zero or positive as `a` is below, equal to or above `b`, both PLAIN bytes of a value. */
export function compareValues(order: ValueOrder, a: Uint8Array, b: Uint8Array): number {
  switch (order) {
    case "bytes":
    case "none":
    case "bool":
      return Buffer.compare(a, b);
    case "signed-bytes":
      return (a[0]! ^ 0x80) - (b[0]! ^ 0x80) || Buffer.compare(a, b);
    default: {
      const x = viewOf(a);
      const y = viewOf(b);
      switch (order) {
        case "int32":
          return x.getInt32(0, true) - y.getInt32(0, true);
        case "uint32":
          return x.getUint32(0, true) - y.getUint32(0, true);
        case "int64":
          return x.getInt32(4, true) - y.getInt32(4, true) || x.getUint32(0, true) - y.getUint32(0, true);
        case "float32":
          return x.getFloat32(0, true) - y.getFloat32(0, true);
        case "float64":
          return x.getFloat64(0, true) - y.getFloat64(0, true);
      }
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bounds of `count` 32-bit values; null when there is none that compares (all NaN). */
export function word32Bounds(order: ValueOrder, values: Int32Array, count: number): Bounds | null {
  if (count === 0) return null;
  if (order === "float32") {
    const floats = new Float32Array(values.buffer, values.byteOffset, count);
    const found = floatBounds(floats, count);
    return found === null
      ? null
      : exact(new Uint8Array(Float32Array.of(found.min).buffer), new Uint8Array(Float32Array.of(found.max).buffer));
  }
  // Unsigned values compare as signed ones once their top bit is flipped.
  const flip = order === "uint32" ? 0x80000000 | 0 : 0;
  let min = values[0]! ^ flip;
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = values[i]! ^ flip;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return exact(new Uint8Array(Int32Array.of(min ^ flip).buffer), new Uint8Array(Int32Array.of(max ^ flip).buffer));
}

/** Bounds of `count` 64-bit values, each two words, low first. */
export function word64Bounds(order: ValueOrder, words: Int32Array, count: number): Bounds | null {
  if (count === 0) return null;
  if (order === "float64") {
    const doubles = new Float64Array(words.buffer, words.byteOffset, count);
    const found = floatBounds(doubles, count);
    return found === null
      ? null
      : exact(new Uint8Array(Float64Array.of(found.min).buffer), new Uint8Array(Float64Array.of(found.max).buffer));
  }
  let minLow = words[0]!;
  let minHigh = words[1]!;
  let maxLow = minLow;
  let maxHigh = minHigh;
  for (let i = 2; i < count * 2; i += 2) {
    const high = words[i + 1]!;
    if (high < minHigh || (high === minHigh && words[i]! >>> 0 < minLow >>> 0)) {
      minHigh = high;
      minLow = words[i]!;
    } else if (high > maxHigh || (high === maxHigh && words[i]! >>> 0 > maxLow >>> 0)) {
      maxHigh = high;
      maxLow = words[i]!;
    }
  }
  return exact(new Uint8Array(Int32Array.of(minLow, minHigh).buffer), new Uint8Array(Int32Array.of(maxLow, maxHigh).buffer));
}

/** NaN compares with nothing and is left out; a zero bound gets the sign that includes both zeros. Source: parquet.thrift, ColumnOrder. */
function floatBounds(values: Float32Array | Float64Array, count: number): { min: number; max: number } | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let nan = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) nan++;
  }
  if (nan === count) return null;
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max };
}

/** Bounds of `count` fixed-width values end to end. */
export function fixedBounds(order: ValueOrder, bytes: Uint8Array, width: number, count: number): Bounds | null {
  if (count === 0) return null;
  let min = bytes.subarray(0, width);
  let max = min;
  for (let i = 1; i < count; i++) {
    const value = bytes.subarray(i * width, (i + 1) * width);
    if (compareValues(order, value, min) < 0) min = value;
    else if (compareValues(order, value, max) > 0) max = value;
  }
  return exact(min.slice(), max.slice());
}

export function boolBounds(values: Uint8Array, count: number): Bounds | null {
  if (count === 0) return null;
  let ones = 0;
  for (let i = 0; i < count; i++) ones += values[i]!;
  return exact(Uint8Array.of(ones === count ? 1 : 0), Uint8Array.of(ones === 0 ? 0 : 1));
}

/**
 * Bounds of `count` byte strings `source[starts[i] .. +lengths[i])`. Most values are told from the bounds by their first four
 * bytes, read as one big-endian word; only a tie looks further.
 */
export function bytesBounds(
  source: Uint8Array,
  view: DataView,
  starts: Int32Array,
  lengths: Int32Array,
  count: number,
): Bounds | null {
  if (count === 0) return null;
  const { min, max } = extremes(view, starts, lengths, count);
  return cut(
    slice(source, starts[min]!, lengths[min]!),
    lengths[min]!,
    slice(source, starts[max]!, lengths[max]!),
    lengths[max]!,
  );
}

/** Which of the values are the smallest and the largest. */
function extremes(view: DataView, starts: Int32Array, lengths: Int32Array, count: number): { min: number; max: number } {
  let min = 0;
  let max = 0;
  let minPrefix = prefix(view, starts[0]!, lengths[0]!);
  let maxPrefix = minPrefix;
  for (let i = 1; i < count; i++) {
    const start = starts[i]!;
    const length = lengths[i]!;
    const head = prefix(view, start, length);
    if (head < minPrefix || (head === minPrefix && tieBelow(view, start, length, starts[min]!, lengths[min]!))) {
      min = i;
      minPrefix = head;
    } else if (head > maxPrefix || (head === maxPrefix && tieBelow(view, starts[max]!, lengths[max]!, start, length))) {
      max = i;
      maxPrefix = head;
    }
  }
  return { min, max };
}

/** The first four bytes as an unsigned word, zeros past the end. */
function prefix(view: DataView, start: number, length: number): number {
  if (length >= 4) return view.getUint32(start);
  let word = 0;
  for (let i = 0; i < length; i++) word |= view.getUint8(start + i) << (24 - i * 8);
  return word >>> 0;
}

/** Whether a < b, as far as the first {@link BOUND_BYTES} + 1 bytes tell. */
function tieBelow(view: DataView, a: number, aLength: number, b: number, bLength: number): boolean {
  const common = Math.min(aLength, bLength, BOUND_BYTES + 1);
  for (let i = 0; i < common; i++) {
    const difference = view.getUint8(a + i) - view.getUint8(b + i);
    if (difference !== 0) return difference < 0;
  }
  return aLength < bLength;
}

function slice(source: Uint8Array, start: number, length: number): Uint8Array {
  let end = Math.min(length, BOUND_BYTES);
  // Cut text between characters: not ahead of a UTF-8 continuation byte.
  while (end > 0 && end < length && (source[start + end]! & 0xc0) === 0x80) end--;
  // A copy in memory of its own: the source is scratch, or shared between threads.
  const copy = new Uint8Array(end);
  copy.set(source.subarray(start, start + end));
  return copy;
}

function cut(min: Uint8Array, minLength: number, max: Uint8Array, maxLength: number): Bounds | null {
  const upper = maxLength > BOUND_BYTES ? roundUp(max) : max;
  if (upper === null) return null;
  return { min, minExact: minLength <= BOUND_BYTES, max: upper, maxExact: maxLength <= BOUND_BYTES };
}

/**
 * The shortest text above every value that begins with `prefix`: the last character that can be raised is raised, and what
 * follows it dropped. UTF-8 stays UTF-8, so that readers that show bounds as text can. Null when nothing can be raised.
 */
export function roundUp(prefix: Uint8Array): Uint8Array | null {
  for (let end = prefix.length; end > 0; end--) {
    const last = prefix[end - 1]!;
    // Raise ASCII only below DEL; of a multi-byte character drop the whole, for its successor may need another length.
    if (last < 0x7f) {
      const raised = prefix.slice(0, end);
      raised[end - 1] = last + 1;
      return raised;
    }
  }
  // No ASCII character to raise: plain bytes then, still a correct bound in byte order.
  for (let end = prefix.length; end > 0; end--) {
    const last = prefix[end - 1]!;
    if (last < 0xff) {
      const raised = prefix.slice(0, end);
      raised[end - 1] = last + 1;
      return raised;
    }
  }
  return null;
}

function exact(min: Uint8Array, max: Uint8Array): Bounds {
  return { min, max, minExact: true, maxExact: true };
}
