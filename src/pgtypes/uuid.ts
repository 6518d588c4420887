import type { BytesVector, FixedVector } from "../model/vector.ts";
import type { Decoder, DecoderSpec, Encoder, TypeFamily } from "./contract.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { bytesVector, HEX_PAIRS, textOf } from "./produced-text.ts";
import { capacityFor, checkWidths, fixedVector, type RejectPolicy, roomFixed, scalarDecoder, scalarEncoder } from "./scalar.ts";

interface UuidSpec extends DecoderSpec {
  readonly codec: "uuid" | "uuid_text";
}

/** uuid: 16 bytes. Spark reads no UUID, so `lake` lands 36 lower-case characters. Source: PostgreSQL uuid_send, uuid_out. */
export const uuidFamily: TypeFamily = {
  codecs: ["uuid", "uuid_text"],
  map(request) {
    if (!isBuiltIn(request, "uuid")) return null;
    const target = targetOf(request, ["text", "json", "uuid"]);
    if (target?.as === "json") return null;
    const native = target === null ? request.options.profile === "native" : target.as === "uuid";
    return native
      ? { type: { type: "uuid" }, spec: { codec: "uuid" }, project: null }
      : { type: { type: "utf8" }, spec: { codec: "uuid_text" }, project: null, fixedLength: true };
  },
  createDecoder: (spec) => ((spec as UuidSpec).codec === "uuid" ? uuidDecoder() : uuidTextDecoder()),
  createEncoder: (spec) => ((spec as UuidSpec).codec === "uuid" ? uuidEncoder() : uuidTextEncoder()),
};

function uuidDecoder(): Decoder {
  const vector = fixedVector(16);
  return scalarDecoder(vector, ({ view, starts, begin, count }) => {
    const { buffer, byteOffset } = roomFixed(vector, count);
    const out = new DataView(buffer, byteOffset);
    let differences = 0;
    for (let i = 0, to = 0; i < count; i++, to += 16) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 16;
      out.setInt32(to, view.getInt32(at));
      out.setInt32(to + 4, view.getInt32(at + 4));
      out.setInt32(to + 8, view.getInt32(at + 8));
      out.setInt32(to + 12, view.getInt32(at + 12));
    }
    checkWidths(differences, "uuid", 16);
  });
}

const TEXT_LENGTH = 36;

/** The text has 36 characters, so all is written in aligned words of four, hyphens shifted in. */
function uuidTextDecoder(): Decoder {
  const vector = bytesVector();
  let out = new Int32Array(0);
  return scalarDecoder(vector, ({ bytes, view, starts, begin, count }) => {
    if (count > vector.lengths.length) {
      const capacity = capacityFor(count);
      out = new Int32Array((capacity * TEXT_LENGTH) / 4);
      vector.source = new Uint8Array(out.buffer);
      vector.starts = Int32Array.from({ length: capacity }, (_, i) => i * TEXT_LENGTH);
      vector.lengths = new Int32Array(capacity).fill(TEXT_LENGTH);
    }
    const words = out;
    let differences = 0;
    for (let i = 0, w = 0; i < count; i++, w += 9) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 16;
      const third = hex4(bytes, at + 4);
      const fourth = hex4(bytes, at + 6);
      const fifth = hex4(bytes, at + 8);
      words[w] = hex4(bytes, at);
      words[w + 1] = hex4(bytes, at + 2);
      words[w + 2] = 0x2d | (third << 8);
      words[w + 3] = (third >>> 24) | 0x2d00 | (fourth << 16);
      words[w + 4] = (fourth >>> 16) | 0x2d0000 | (fifth << 24);
      words[w + 5] = (fifth >>> 8) | 0x2d000000;
      words[w + 6] = hex4(bytes, at + 10);
      words[w + 7] = hex4(bytes, at + 12);
      words[w + 8] = hex4(bytes, at + 14);
    }
    checkWidths(differences, "uuid", 16);
  });
}

/** Four hexadecimal digits of the two bytes at `at`, the first in the low byte. */
function hex4(bytes: Uint8Array, at: number): number {
  return HEX_PAIRS[bytes[at]!]! | (HEX_PAIRS[bytes[at + 1]!]! << 16);
}

/** Text in the form that uuid_out gives, in either case of letters → uuid. Anything else has no counterpart. */
export function textAsUuidDecoder(policy: RejectPolicy): Decoder {
  const vector = fixedVector(16);
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ bytes, view, starts, begin, count }, reject) => {
    const out = roomFixed(vector, count);
    for (let i = 0, to = 0; i < count; i++) {
      const at = starts[begin + i]!;
      const length = view.getInt32(at - 4);
      if (length === TEXT_LENGTH && parseUuid(bytes, at, out, to)) to += 16;
      else {
        const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(length, 60)).toString("utf8");
        reject(i, `${JSON.stringify(text)} is not a uuid`);
      }
    }
  };
  return scalarDecoder(vector, decodeValues, policy);
}

/** The value of a hexadecimal digit in ASCII; 255 for everything else. */
const NIBBLES = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  NIBBLES[text.charCodeAt(0)] = digit;
  NIBBLES[text.toUpperCase().charCodeAt(0)] = digit;
}

/** Offset of each byte's two digits in the text. */
const DIGIT_OFFSETS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHEN_OFFSETS = [8, 13, 18, 23];

function parseUuid(bytes: Uint8Array, at: number, out: Uint8Array, to: number): boolean {
  for (const offset of HYPHEN_OFFSETS) if (bytes[at + offset] !== 0x2d) return false;
  let faults = 0;
  for (let i = 0; i < 16; i++) {
    const offset = at + DIGIT_OFFSETS[i]!;
    const high = NIBBLES[bytes[offset]!]!;
    const low = NIBBLES[bytes[offset + 1]!]!;
    faults |= high | low;
    out[to + i] = (high << 4) | low;
  }
  return faults < 16;
}

function uuidEncoder(): Encoder {
  return scalarEncoder<FixedVector>(({ bytes }, index) => bytes.slice(16 * index, 16 * index + 16));
}

function uuidTextEncoder(): Encoder {
  return scalarEncoder<BytesVector>((vector, index) => Buffer.from(textOf(vector, index).replaceAll("-", ""), "hex"));
}

/** The inverse for text in lower case; the case of letters is not part of a uuid. */
export function textAsUuidEncoder(): Encoder {
  return scalarEncoder<FixedVector>(({ bytes }, index) => {
    const hex = Buffer.from(bytes.subarray(16 * index, 16 * index + 16)).toString("hex");
    return Buffer.from(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"), "latin1");
  });
}

/** Edge values by type, as SQL literals. */
export const uuidEdges: Readonly<Record<string, readonly string[]>> = {
  uuid: [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "01234567-89ab-cdef-0123-456789abcdef",
    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
  ],
};
