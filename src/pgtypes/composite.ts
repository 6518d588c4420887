import { quoteIdentifier } from "../model/sql.ts";
import { type Decoder, type DecoderSpec, type Encoder, type Fields, type TypeFamily, Unrepresentable } from "./contract.ts";
import { attributeOptions, grownInt32, RECORD_OID, roomUint8, slotOfValue, spread, wireOid } from "./nested.ts";
import { addNulled } from "./nulled.ts";
import { readRecord, writeRecord } from "./record-wire.ts";
import { unlessNull } from "./sql.ts";

interface CompositeSpec extends DecoderSpec {
  readonly codec: "composite";
  readonly attributes: readonly { readonly name: string; readonly oid: number; readonly spec: DecoderSpec }[];
}

/**
 * Composites land as a struct of their attributes. When an attribute must be asked for differently (an interval, as the server's
 * text), the composite is put together again from its attributes, so that the others keep their own form. A composite without
 * attributes has nothing that Parquet could hold; it lands as the server's text.
 */
export const compositeFamily: TypeFamily = {
  codecs: ["composite"],
  map({ type, options }, map) {
    if (type.kind !== "composite" || type.attributes === undefined || type.attributes.length === 0) return null;
    const parts = type.attributes.map((attribute) => {
      const { name, type: attributeType, typmod, dimensions } = attribute;
      const mapping = map({ type: attributeType, typmod, dimensions, options: attributeOptions(options) });
      return { name, mapping, oid: wireOid(attributeType, mapping) };
    });
    const project = (expression: string) => {
      const fields = parts.map(({ name, mapping }) => {
        const field = `(${expression}).${quoteIdentifier(name)}`;
        return mapping.project?.(field) ?? field;
      });
      return unlessNull(expression, `ROW(${fields.join(", ")})`);
    };
    const rewritten = parts.some(({ mapping }) => mapping.project !== null);
    return {
      type: { type: "struct", fields: parts.map(({ name, mapping }) => ({ name, type: mapping.type, nullable: true })) },
      spec: { codec: "composite", attributes: parts.map(({ name, oid, mapping }) => ({ name, oid, spec: mapping.spec })) },
      ...(rewritten ? { project, projectedOid: RECORD_OID } : { project: null }),
    };
  },
  createDecoder: (spec, create) => createCompositeDecoder(spec as CompositeSpec, create),
  createEncoder: (spec, create) => createCompositeEncoder(spec as CompositeSpec, create),
};

function createCompositeDecoder({ attributes }: CompositeSpec, create: (part: DecoderSpec) => Decoder): Decoder {
  const oids = attributes.map(({ oid }) => oid);
  const decoders = attributes.map(({ spec }) => create(spec));
  const nullCounts = new Int32Array(attributes.length);
  // Attribute k's fields are starts[k * values ..], where `values` is the number of composites that are not null.
  let starts: Int32Array = new Int32Array(0);
  let validity: Uint8Array = new Uint8Array(0);

  function locate(fields: Fields, values: number): void {
    const { view, count, begin } = fields;
    starts = grownInt32(starts, values * oids.length);
    validity = roomUint8(validity, count);
    nullCounts.fill(0);
    let value = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = fields.starts[begin + slot]!;
      validity[slot] = start === -1 ? 0 : 1;
      if (start === -1) continue;
      readRecord(view, start, start + view.getInt32(start - 4), oids, starts, value, values);
      for (let k = 0; k < oids.length; k++) if (starts[value + k * values] === -1) nullCounts[k]!++;
      value++;
    }
  }

  return {
    nulled: () => addNulled(decoders.map((decoder) => decoder.nulled())),
    decode(fields) {
      const { bytes, view, count, nullCount } = fields;
      const values = count - nullCount;
      locate(fields, values);
      const presence = nullCount === 0 ? null : validity;
      const children = decoders.map((decoder, k) => {
        try {
          return decoder.decode({ bytes, view, starts, begin: k * values, count: values, nullCount: nullCounts[k]! });
        } catch (error) {
          if (!(error instanceof Unrepresentable)) throw error;
          throw new Unrepresentable(slotOfValue(presence, error.slot), `${attributes[k]!.name}: ${error.message}`, error.remedy);
        }
      });
      return { kind: "struct", slots: count, nullCount, validity: presence, children };
    },
  };
}

function createCompositeEncoder({ attributes }: CompositeSpec, create: (part: DecoderSpec) => Encoder): Encoder {
  const oids = attributes.map(({ oid }) => oid);
  const encoders = attributes.map(({ spec }) => create(spec));
  return {
    encode(vector) {
      if (vector.kind !== "struct") throw new Error(`a struct was expected, found ${vector.kind}`);
      const columns = vector.children.map((child, k) => encoders[k]!.encode(child));
      return spread(vector.slots, vector.validity, (index) =>
        writeRecord(
          oids,
          columns.map((column) => column[index]!),
        ),
      );
    },
  };
}
