import type { BytesVector } from "../model/vector.ts";
import type { Decoder, TypeFamily } from "./contract.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { bytesOf, bytesVector } from "./produced-text.ts";
import { capacityFor, scalarDecoder, scalarEncoder } from "./scalar.ts";

/** bytea: the bytes themselves. Source: PostgreSQL byteasend. */
export const byteaFamily: TypeFamily = {
  codecs: ["bytes"],
  map(request) {
    if (!isBuiltIn(request, "bytea")) return null;
    const target = targetOf(request, ["text", "json", "bytes", "geometry", "geography"]);
    if (target !== null && target.as !== "bytes") return null;
    return { type: { type: "binary" }, spec: { codec: "bytes" }, project: null };
  },
  createDecoder: () => wireBytesDecoder(),
  createEncoder: () => scalarEncoder<BytesVector>(bytesOf),
};

/** Values that are the field's own bytes: nothing is copied, the vector points into the wire bytes. */
export function wireBytesDecoder(): Decoder {
  const vector = bytesVector();
  let lengths = new Int32Array(0);
  return scalarDecoder(vector, (values) => {
    const { bytes, view, starts, begin, count } = values;
    if (count > lengths.length) lengths = new Int32Array(capacityFor(count));
    const out = lengths;
    for (let i = 0; i < count; i++) out[i] = view.getInt32(starts[begin + i]! - 4);
    vector.source = bytes;
    vector.starts = begin === 0 ? starts : starts.subarray(begin, begin + count);
    vector.lengths = out;
  });
}

/** Edge values by type, as SQL literals. */
export const byteaEdges: Readonly<Record<string, readonly string[]>> = {
  bytea: ["", "\\x00", "\\xff", "\\x0001020304050607ff", "\\x5c27"],
};
