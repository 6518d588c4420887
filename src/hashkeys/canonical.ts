import type { LogicalType } from "../model/logical-type.ts";
import type { BytesVector, FixedVector, Vector, Word32Vector, Word64Vector } from "../model/vector.ts";
import type { KeyMessage } from "./message.ts";

/** Adds the canonical bytes of value `index` (among those that are not null) to a message. */
export type AppendValue = (message: KeyMessage, vector: Vector, index: number) => void;

/**
 * The canonical bytes of a type: text and json as UTF-8, uuid as 36 lower-case characters, integers as decimal text, bytea and
 * geometry (ISO WKB) as they are. Null for types that no two engines print alike. See docs/hash-keys.md.
 */
export function canonicalBytes(type: LogicalType): AppendValue | null {
  switch (type.type) {
    case "utf8":
    case "json":
    case "binary":
    case "wkb":
      return appendBytes;
    case "uuid":
      return uuidAppender();
    case "int":
      return type.bits === 64 ? longAppender(type.signed) : intAppender(type.signed);
    default:
      return null;
  }
}

function appendBytes(message: KeyMessage, vector: Vector, index: number): void {
  const { source, starts, lengths } = vector as BytesVector;
  message.append(source, starts[index]!, lengths[index]!);
}

const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
const HYPHEN = 0x2d;
const MINUS = 0x2d;
const ZERO = 0x30;

function uuidAppender(): AppendValue {
  const text = new Uint8Array(36);
  return (message, vector, index) => {
    const { bytes } = vector as FixedVector;
    let at = 0;
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text[at++] = HYPHEN;
      const byte = bytes[index * 16 + i]!;
      text[at++] = HEX_DIGITS[byte >> 4]!;
      text[at++] = HEX_DIGITS[byte & 15]!;
    }
    message.append(text, 0, 36);
  };
}

/** Room for -9223372036854775808. */
const DECIMAL_BYTES = 20;

function intAppender(signed: boolean): AppendValue {
  const text = new Uint8Array(DECIMAL_BYTES);
  return (message, vector, index) => {
    const value = (vector as Word32Vector).values[index]!;
    const start = writeDecimal(text, signed ? value : value >>> 0);
    message.append(text, start, DECIMAL_BYTES - start);
  };
}

function longAppender(signed: boolean): AppendValue {
  const text = new Uint8Array(DECIMAL_BYTES);
  return (message, vector, index) => {
    const { words } = vector as Word64Vector;
    const low = words[index * 2]! >>> 0;
    const high = signed ? words[index * 2 + 1]! : words[index * 2 + 1]! >>> 0;
    // Below 2^53 either way, a double holds it.
    if (high >= -0x200000 && high < 0x200000) {
      const start = writeDecimal(text, high * 0x100000000 + low);
      message.append(text, start, DECIMAL_BYTES - start);
    } else {
      const digits = Buffer.from(((BigInt(high) << 32n) | BigInt(low)).toString(), "latin1");
      message.append(digits, 0, digits.length);
    }
  };
}

/** Writes a safe integer to the end of `text`; returns where it starts. */
function writeDecimal(text: Uint8Array, value: number): number {
  let at = DECIMAL_BYTES;
  let rest = Math.abs(value);
  while (rest > 0x7fffffff) {
    const quotient = Math.floor(rest / 10);
    // Bracketed so: ZERO + rest may pass 2^53.
    text[--at] = ZERO + (rest - quotient * 10);
    rest = quotient;
  }
  do {
    const quotient = (rest / 10) | 0;
    text[--at] = ZERO + (rest - quotient * 10);
    rest = quotient;
  } while (rest > 0);
  if (value < 0) text[--at] = MINUS;
  return at;
}
