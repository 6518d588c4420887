import type { BytesVector, Word64Vector } from "../model/vector.ts";
import type { Decoder, DecoderSpec, TypeFamily } from "./contract.ts";
import { corrupt } from "./nested.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { bytesVector, DIGIT_PAIRS, grownBytes, roomValues, textOf } from "./produced-text.ts";
import {
  checkWidths,
  policyOf,
  type RejectPolicy,
  rejectPolicy,
  room64,
  scalarDecoder,
  scalarEncoder,
  word64Vector,
} from "./scalar.ts";
import { wireInt64, word64Encoder } from "./words.ts";

/** 24:00, which PostgreSQL keeps apart from 00:00 and Parquet's TIME doesn't have. */
const DAY_MICROSECONDS = 86_400_000_000;

interface TimeSpec extends DecoderSpec {
  readonly codec: "time" | "time_text";
  readonly unrepresentable: RejectPolicy;
}

/**
 * time: microseconds since midnight (int64, big-endian). Spark reads no TIME, so `lake` lands the text that the server prints,
 * `HH:MM:SS` and as many digits of a fraction as it takes. Source: PostgreSQL time_send, EncodeTimeOnly.
 */
export const timeFamily: TypeFamily = {
  codecs: ["time", "time_text"],
  map(request) {
    if (!isBuiltIn(request, "time")) return null;
    const target = targetOf(request, ["text", "json", "time"]);
    if (target?.as === "json") return null;
    const { options } = request;
    const native = target?.as === "time" || (target === null && options.profile === "native");
    if (!native || policyOf(options) === "text") return { type: { type: "utf8" }, spec: { codec: "time_text" }, project: null };
    return { type: { type: "time" }, spec: { codec: "time", unrepresentable: rejectPolicy(options) }, project: null };
  },
  createDecoder: (spec) => (spec.codec === "time" ? timeDecoder(spec as TimeSpec) : timeTextDecoder()),
  createEncoder: (spec) =>
    spec.codec === "time"
      ? word64Encoder()
      : scalarEncoder<BytesVector>((vector, index) => wireInt64(microsecondsOf(textOf(vector, index)))),
};

function timeDecoder({ unrepresentable }: TimeSpec): Decoder {
  const vector: Word64Vector = word64Vector();
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ view, starts, begin, count }, reject) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 8;
      const high = view.getInt32(at);
      const low = view.getInt32(at + 4);
      const microseconds = high * 2 ** 32 + (low >>> 0);
      if (!(microseconds >= 0 && microseconds < DAY_MICROSECONDS)) {
        if (microseconds !== DAY_MICROSECONDS) throw corrupt("a time outside of its day");
        reject(i, "24:00:00 is past the end of a day");
        continue;
      }
      words[2 * n] = low;
      words[2 * n++ + 1] = high;
    }
    checkWidths(differences, "time", 8);
  };
  return scalarDecoder(vector, decodeValues, unrepresentable);
}

/** `HH:MM:SS.ffffff` */
const LONGEST = 15;

function timeTextDecoder(): Decoder {
  const vector = bytesVector();
  return scalarDecoder(vector, ({ view, starts, begin, count }) => {
    roomValues(vector, count);
    vector.source = grownBytes(vector.source, LONGEST * count);
    const { source, starts: outStarts, lengths } = vector;
    let differences = 0;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 8;
      const microseconds = view.getInt32(at) * 2 ** 32 + view.getUint32(at + 4);
      if (!(microseconds >= 0 && microseconds <= DAY_MICROSECONDS)) throw corrupt("a time outside of its day");
      outStarts[i] = end;
      const next = writeTime(source, end, microseconds);
      lengths[i] = next - end;
      end = next;
    }
    checkWidths(differences, "time", 8);
  });
}

/** Writes the time and gives where it ends. */
function writeTime(out: Uint8Array, at: number, microseconds: number): number {
  const seconds = Math.floor(microseconds / 1_000_000);
  const fraction = microseconds - seconds * 1_000_000;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  writePair(out, at, hours);
  out[at + 2] = 58;
  writePair(out, at + 3, minutes - hours * 60);
  out[at + 5] = 58;
  writePair(out, at + 6, seconds - minutes * 60);
  if (fraction === 0) return at + 8;
  const first = (fraction / 10_000) | 0;
  const rest = fraction - first * 10_000;
  const second = (rest / 100) | 0;
  out[at + 8] = 46;
  writePair(out, at + 9, first);
  writePair(out, at + 11, second);
  writePair(out, at + 13, rest - second * 100);
  let end = at + LONGEST;
  while (out[end - 1] === 48) end--;
  return end;
}

function writePair(out: Uint8Array, at: number, value: number): void {
  const pair = DIGIT_PAIRS[value]!;
  out[at] = pair;
  out[at + 1] = pair >>> 8;
}

function microsecondsOf(text: string): bigint {
  const [hours, minutes, seconds] = text.split(":") as [string, string, string];
  const [whole, fraction = ""] = seconds.split(".") as [string, string?];
  return (
    BigInt(hours) * 3_600_000_000n + BigInt(minutes) * 60_000_000n + BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"))
  );
}

/** Edge values by type, as SQL literals. */
export const timeEdges: Readonly<Record<string, readonly string[]>> = {
  time: ["00:00:00", "00:00:00.000001", "12:34:56.7", "01:02:03.040500", "23:59:59.999999", "24:00:00"],
  "time(0)": ["00:00:00", "23:59:59", "24:00:00"],
};
