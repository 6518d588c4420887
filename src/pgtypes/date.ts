import type { Word32Vector } from "../model/vector.ts";
import type { DecoderSpec, TypeFamily } from "./contract.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import {
  checkWidths,
  policyOf,
  type RejectPolicy,
  rejectPolicy,
  room32,
  scalarDecoder,
  scalarEncoder,
  word32Vector,
} from "./scalar.ts";
import { wire32 } from "./words.ts";

/** Days from 1970-01-01 to 2000-01-01. */
const EPOCH_DAYS = 10_957;
const INFINITY = 0x7fffffff;
const MINUS_INFINITY = -0x80000000;

/**
 * date: days since 2000-01-01 (int32, big-endian) → days since 1970-01-01. PostgreSQL's last day, 5874897-12-31, still fits.
 * ±infinity have no counterpart. Source: PostgreSQL date_send, DATE_NOBEGIN and DATE_NOEND.
 */
export const dateFamily: TypeFamily = {
  codecs: ["date"],
  map(request) {
    if (!isBuiltIn(request, "date")) return null;
    if (targetOf(request, ["text", "json"]) !== null || policyOf(request.options) === "text") return null;
    return {
      type: { type: "date" },
      spec: { codec: "date", unrepresentable: rejectPolicy(request.options) },
      project: null,
    };
  },
  createDecoder: (spec) => createDecoder(spec as DateSpec),
  createEncoder: () => scalarEncoder<Word32Vector>(({ values }, index) => wire32(values[index]! - EPOCH_DAYS)),
};

interface DateSpec extends DecoderSpec {
  readonly unrepresentable: RejectPolicy;
}

function createDecoder({ unrepresentable }: DateSpec) {
  const vector = word32Vector();
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ view, starts, begin, count }, reject) => {
    const values = room32(vector, count);
    let differences = 0;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 4;
      const days = view.getInt32(at);
      if (days === INFINITY || days === MINUS_INFINITY) {
        reject(i, days > 0 ? "infinity is not a day" : "-infinity is not a day");
        continue;
      }
      values[n++] = days + EPOCH_DAYS;
    }
    checkWidths(differences, "date", 4);
  };
  return scalarDecoder(vector, decodeValues, unrepresentable);
}

/** Edge values by type, as SQL literals. */
export const dateEdges: Readonly<Record<string, readonly string[]>> = {
  date: [
    "2000-01-01",
    "1970-01-01",
    "1969-12-31",
    "0001-01-01",
    "4713-01-01 BC",
    "5874897-12-31",
    "9999-12-31",
    "infinity",
    "-infinity",
  ],
};
