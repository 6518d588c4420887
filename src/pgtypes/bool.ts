import type { BoolVector } from "../model/vector.ts";
import type { TypeFamily } from "./contract.ts";
import { corrupt } from "./nested.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { capacityFor, NO_SLOTS, scalarDecoder, scalarEncoder } from "./scalar.ts";

/** boolean: one byte, 0 or 1. Source: PostgreSQL boolsend. */
export const boolFamily: TypeFamily = {
  codecs: ["bool"],
  map(request) {
    if (!isBuiltIn(request, "bool")) return null;
    if (targetOf(request, ["text", "json"]) !== null) return null;
    return { type: { type: "bool" }, spec: { codec: "bool" }, project: null };
  },
  createDecoder() {
    const vector: BoolVector = { kind: "bool", values: new Uint8Array(0), ...NO_SLOTS };
    return scalarDecoder(vector, ({ bytes, view, starts, begin, count }) => {
      if (count > vector.values.length) vector.values = new Uint8Array(capacityFor(count));
      const { values } = vector;
      let faults = 0;
      for (let i = 0; i < count; i++) {
        const at = starts[begin + i]!;
        const value = bytes[at]!;
        faults |= (view.getInt32(at - 4) ^ 1) | (value & 0xfe);
        values[i] = value;
      }
      if (faults !== 0) throw corrupt("a field of type bool that isn't one byte of 0 or 1");
    });
  },
  createEncoder: () => scalarEncoder<BoolVector>(({ values }, index) => Uint8Array.of(values[index]!)),
};

/** Edge values by type, as SQL literals. */
export const boolEdges: Readonly<Record<string, readonly string[]>> = { bool: ["true", "false"] };
