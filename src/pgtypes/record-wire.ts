import { corrupt, fieldEnd, fieldStart, writeField } from "./nested.ts";

/**
 * The wire form of a composite. Source: PostgreSQL record_send: int32 number of attributes (dropped ones don't count); per attribute
 * its type OID, an int32 length (-1 for null) and its bytes.
 *
 * Reads the record in `view[start .. end)`, and puts the start of attribute k (-1 for null) into `starts[index + k * stride]`.
 * @throws BronzeError WIRE_CORRUPT unless it holds attributes of just these types.
 */
export function readRecord(
  view: DataView,
  start: number,
  end: number,
  oids: readonly number[],
  starts: Int32Array,
  index: number,
  stride: number,
): void {
  if (end - start < 4) throw corrupt(`a composite of ${end - start} bytes`);
  const attributes = view.getInt32(start);
  if (attributes !== oids.length) throw corrupt(`a composite of ${attributes} attributes where its type has ${oids.length}`);
  let at = start + 4;
  for (let k = 0; k < attributes; k++) {
    if (end - at < 4) throw corrupt("a composite that ends before its last attribute");
    const oid = view.getUint32(at);
    if (oid !== oids[k]) throw corrupt(`a composite's attribute of type ${oid} where its type is ${oids[k]}`);
    const attributeStart = fieldStart(view, at + 4, end, "a composite");
    starts[index + k * stride] = attributeStart;
    at = fieldEnd(view, at + 4, attributeStart);
  }
  if (at !== end) throw corrupt(`${end - at} bytes after a composite's last attribute`);
}

/** What record_send gives for these attributes. */
export function writeRecord(oids: readonly number[], values: readonly (Uint8Array | null)[]): Uint8Array {
  let byteLength = 4;
  for (const value of values) byteLength += 8 + (value === null ? 0 : value.length);
  const out = new Uint8Array(byteLength);
  const view = new DataView(out.buffer);
  view.setInt32(0, oids.length);
  let at = 4;
  oids.forEach((oid, k) => {
    view.setUint32(at, oid);
    at = writeField(out, view, at + 4, values[k]!);
  });
  return out;
}
