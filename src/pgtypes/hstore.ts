import type { LogicalField } from "../model/logical-type.ts";
import type { StructVector, Vector } from "../model/vector.ts";
import type { Decoder, DecoderSpec, Encoder, Fields, TypeFamily } from "./contract.ts";
import { corrupt, fieldEnd, fieldStart, grownInt32, roomUint8, spread, textRequest, writeField } from "./nested.ts";
import { NOTHING_NULLED } from "./nulled.ts";

interface HstoreSpec extends DecoderSpec {
  readonly codec: "hstore";
  readonly text: DecoderSpec;
}

const KEY: LogicalField = { name: "key", type: { type: "utf8" }, nullable: false };
const VALUE: LogicalField = { name: "value", type: { type: "utf8" }, nullable: true };

/**
 * hstore lands as a map of text to text or null, in the server's order of keys (by length, then bytes). Source: hstore_send: int32
 * number of pairs; per pair int32 key length, key, int32 value length (-1 for null), value.
 */
export const hstoreFamily: TypeFamily = {
  codecs: ["hstore"],
  map({ type, options }, map) {
    if (type.extension !== "hstore" || type.name !== "hstore") return null;
    const spec: HstoreSpec = { codec: "hstore", text: map(textRequest(options)).spec };
    return { type: { type: "map", key: KEY, value: VALUE }, spec, project: null };
  },
  createDecoder: (spec, create) => createHstoreDecoder(create((spec as HstoreSpec).text), create((spec as HstoreSpec).text)),
  createEncoder: (spec, create) => createHstoreEncoder(create((spec as HstoreSpec).text)),
};

/** Where the keys and values of a batch's hstores lie, end to end. */
interface PairStarts {
  keys: Int32Array;
  values: Int32Array;
  count: number;
  nullValues: number;
}

function createHstoreDecoder(keyDecoder: Decoder, valueDecoder: Decoder): Decoder {
  const pairs: PairStarts = { keys: new Int32Array(64), values: new Int32Array(64), count: 0, nullValues: 0 };
  let offsets: Int32Array = new Int32Array(64);
  let validity: Uint8Array = new Uint8Array(0);

  function locate({ view, starts, begin, count }: Fields): void {
    validity = roomUint8(validity, count);
    offsets = grownInt32(offsets, count + 1);
    pairs.count = 0;
    pairs.nullValues = 0;
    let maps = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = starts[begin + slot]!;
      validity[slot] = start === -1 ? 0 : 1;
      if (start === -1) continue;
      readPairs(view, start, start + view.getInt32(start - 4), pairs);
      offsets[++maps] = pairs.count;
    }
  }

  return {
    nulled: () => NOTHING_NULLED, // text always lands
    decode(fields) {
      locate(fields);
      const { bytes, view, count: slots, nullCount } = fields;
      const { keys, values, count, nullValues } = pairs;
      const key = keyDecoder.decode({ bytes, view, starts: keys, begin: 0, count, nullCount: 0 });
      const value = valueDecoder.decode({ bytes, view, starts: values, begin: 0, count, nullCount: nullValues });
      const child: StructVector = { kind: "struct", slots: count, nullCount: 0, validity: null, children: [key, value] };
      return { kind: "list", slots, nullCount, validity: nullCount === 0 ? null : validity, offsets, child };
    },
  };
}

function readPairs(view: DataView, start: number, end: number, into: PairStarts): void {
  const count = end - start < 4 ? -1 : view.getInt32(start);
  // A pair has two lengths: 8 bytes at least.
  if (count < 0 || count > (end - start - 4) >> 3) throw corrupt(`an hstore of ${count} pairs in ${end - start} bytes`);
  const last = into.count + count;
  into.keys = grownInt32(into.keys, last);
  into.values = grownInt32(into.values, last);
  let at = start + 4;
  for (let pair = into.count; pair < last; pair++) {
    const key = fieldStart(view, at, end, "an hstore");
    if (key === -1) throw corrupt("an hstore with a null key");
    at = fieldEnd(view, at, key);
    const value = fieldStart(view, at, end, "an hstore");
    if (value === -1) into.nullValues++;
    at = fieldEnd(view, at, value);
    into.keys[pair] = key;
    into.values[pair] = value;
  }
  if (at !== end) throw corrupt(`${end - at} bytes after an hstore's last pair`);
  into.count = last;
}

function createHstoreEncoder(text: Encoder): Encoder {
  return {
    encode(vector) {
      if (vector.kind !== "list" || vector.child.kind !== "struct") throw new Error(`a map was expected, found ${vector.kind}`);
      const [keyVector, valueVector] = vector.child.children as [Vector, Vector];
      const keys = text.encode(keyVector) as Uint8Array[];
      const values = text.encode(valueVector);
      const { offsets } = vector;
      return spread(vector.slots, vector.validity, (map) => writePairs(keys, values, offsets[map]!, offsets[map + 1]!));
    },
  };
}

function writePairs(keys: readonly Uint8Array[], values: readonly (Uint8Array | null)[], from: number, to: number): Uint8Array {
  let byteLength = 4;
  for (let pair = from; pair < to; pair++) byteLength += 8 + keys[pair]!.length + (values[pair]?.length ?? 0);
  const out = new Uint8Array(byteLength);
  const view = new DataView(out.buffer);
  view.setInt32(0, to - from);
  let at = 4;
  for (let pair = from; pair < to; pair++) {
    at = writeField(out, view, at, keys[pair]!);
    at = writeField(out, view, at, values[pair]!);
  }
  return out;
}
