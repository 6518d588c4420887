import type { BytesVector } from "../model/vector.ts";
import { capacityFor, NO_SLOTS } from "./scalar.ts";

/** Text that isn't in the wire bytes: a decoder writes it into memory of its own, value after value. */

export function bytesVector(): BytesVector {
  return {
    kind: "bytes",
    source: new Uint8Array(0),
    starts: new Int32Array(0),
    lengths: new Int32Array(0),
    ...NO_SLOTS,
  };
}

/** Makes room for `count` starts and lengths; old contents are not kept. */
export function roomValues(vector: BytesVector, count: number): void {
  if (count <= vector.lengths.length) return;
  vector.starts = new Int32Array(capacityFor(count));
  vector.lengths = new Int32Array(capacityFor(count));
}

/** A buffer of at least `length` bytes; what was written stays. */
export function grownBytes(buffer: Uint8Array, length: number): Uint8Array {
  if (length <= buffer.length) return buffer;
  const larger = new Uint8Array(capacityFor(length));
  larger.set(buffer);
  return larger;
}

/** Value `index` of a vector of text, as a string. */
export function textOf({ source, starts, lengths }: BytesVector, index: number): string {
  const start = starts[index]!;
  return Buffer.from(source.buffer, source.byteOffset + start, lengths[index]!).toString("utf8");
}

/** Value `index` of a vector of bytes, as a copy. */
export function bytesOf({ source, starts, lengths }: BytesVector, index: number): Uint8Array {
  const start = starts[index]!;
  return source.slice(start, start + lengths[index]!);
}

/** Two decimal digits in ASCII, the tens in the low byte: `DIGIT_PAIRS[42]` is "42". */
export const DIGIT_PAIRS: Uint16Array = Uint16Array.from({ length: 100 }, (_, n) => {
  return (48 + Math.floor(n / 10)) | ((48 + (n % 10)) << 8);
});

/** Two lower-case hexadecimal digits in ASCII, the first in the low byte: `HEX_PAIRS[0x1f]` is "1f". */
export const HEX_PAIRS: Uint16Array = Uint16Array.from({ length: 256 }, (_, n) => {
  const hex = n.toString(16).padStart(2, "0");
  return hex.charCodeAt(0) | (hex.charCodeAt(1) << 8);
});
