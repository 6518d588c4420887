import type { Word64Vector } from "../model/vector.ts";
import type { DecoderSpec, TypeFamily } from "./contract.ts";
import { isBuiltIn, targetOf } from "./override.ts";
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
import { bigintOf, wireInt64 } from "./words.ts";

/** Microseconds from 1970-01-01 to 2000-01-01, 946,684,800,000,000, as words. */
const EPOCH_HIGH = 220_417;
const EPOCH_LOW = 993_517_568;
const EPOCH_MICROSECONDS = 946_684_800_000_000n;

/** A high word beyond this may pass 2^63 - 1 when the epoch moves; +infinity (2^63 - 1) does too. */
const LAST_SAFE_HIGH = 0x7fffffff - EPOCH_HIGH - 1;
/** The high word of -infinity (-2^63); the first timestamp, 4713-11-24 BC, is far above it. */
const MINUS_INFINITY_HIGH = -0x80000000;

interface TimestampSpec extends DecoderSpec {
  readonly unrepresentable: RejectPolicy;
}

/**
 * timestamp and timestamptz: microseconds since 2000-01-01 (int64, big-endian), of a clock without a zone or of UTC →
 * microseconds since 1970-01-01. ±infinity and what passes 2^63 - 1 by the move (the last 30 years before 294277) have no
 * counterpart. Source: PostgreSQL timestamp_send, timestamptz_send, DT_NOBEGIN and DT_NOEND.
 */
export const timestampFamily: TypeFamily = {
  codecs: ["timestamp"],
  map(request) {
    if (!isBuiltIn(request, "timestamp", "timestamptz")) return null;
    if (targetOf(request, ["text", "json"]) !== null || policyOf(request.options) === "text") return null;
    return {
      type: { type: "timestamp", utc: request.type.name === "timestamptz" },
      spec: { codec: "timestamp", unrepresentable: rejectPolicy(request.options) },
      project: null,
    };
  },
  createDecoder: (spec) => createDecoder(spec as TimestampSpec),
  createEncoder: () => scalarEncoder<Word64Vector>((vector, index) => wireInt64(bigintOf(vector, index) - EPOCH_MICROSECONDS)),
};

function createDecoder({ unrepresentable }: TimestampSpec) {
  const vector = word64Vector();
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ view, starts, begin, count }, reject) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 8;
      const high = view.getInt32(at);
      const addend = view.getInt32(at + 4);
      const low = (addend + EPOCH_LOW) | 0;
      // The bit that an unsigned addition of 32 bits carries out.
      const carry = ((addend & EPOCH_LOW) | ((addend | EPOCH_LOW) & ~low)) >>> 31;
      if (high > LAST_SAFE_HIGH || high === MINUS_INFINITY_HIGH) {
        const fault = faultOf(view, at, high + EPOCH_HIGH + carry);
        if (fault !== null) {
          reject(i, fault);
          continue;
        }
      }
      words[2 * n] = low;
      words[2 * n + 1] = (high + EPOCH_HIGH + carry) | 0;
      n++;
    }
    checkWidths(differences, "timestamp", 8);
  };
  return scalarDecoder(vector, decodeValues, unrepresentable);
}

function faultOf(view: DataView, at: number, movedHigh: number): string | null {
  const wire = view.getBigInt64(at);
  if (wire === 2n ** 63n - 1n) return "infinity is not a point in time";
  if (wire === -(2n ** 63n)) return "-infinity is not a point in time";
  if (movedHigh <= 0x7fffffff) return null;
  return `a timestamp ${wire} µs after 2000-01-01 is past the last one that Parquet holds, 294247-01-10 04:00:54.775807`;
}

const shared = [
  "2000-01-01",
  "1970-01-01",
  "1969-12-31 23:59:59.999999",
  "2024-02-29 12:34:56.789012",
  "0001-01-01",
  "0044-03-15 BC",
  "4713-11-25 BC",
  "9999-12-31 23:59:59.999999",
  "294246-12-31 23:59:59.999999",
  "294247-01-10 04:00:54.775807",
  "294247-01-10 04:00:54.775808",
  "294276-12-30 23:59:59.999999",
  "infinity",
  "-infinity",
];

/** Edge values by type, as SQL literals. */
export const timestampEdges: Readonly<Record<string, readonly string[]>> = {
  timestamp: shared,
  timestamptz: shared.map((literal) => (literal.includes("infinity") ? literal : literal.replace(/( BC)?$/, "+00$1"))),
};
