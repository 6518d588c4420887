import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createDecoder, createEncoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { fromVector } from "../support/vector-values.ts";
import { toVector } from "../support/vectors.ts";
import { type Payload, toFields } from "../support/wire.ts";
import { HSTORE, LAKE, parts, sourceColumn, wire } from "./types.ts";

const mapping = mapColumn(sourceColumn(HSTORE), LAKE);
const decode = (payloads: readonly Payload[]) => fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields(payloads)));
const encode = (values: readonly unknown[]) => createEncoder(mapping.spec).encode(toVector(mapping.type, values));

describe("hstore", () => {
  const payloads = [wire(2, parts("a", null, "b", "")), null, wire(0), wire(1, parts("", "ż"))];
  const values = [
    [
      ["a", null],
      ["b", ""],
    ],
    null,
    [],
    [["", "ż"]],
  ];

  it("lands as a map of text to text or null", () => {
    assert.deepEqual(mapping.type, {
      type: "map",
      key: { name: "key", type: { type: "utf8" }, nullable: false },
      value: { name: "value", type: { type: "utf8" }, nullable: true },
    });
    assert.deepEqual(decode(payloads), values);
    assert.deepEqual(encode(values).map(hex), payloads.map(hex));
  });

  it("is known by its extension, in whatever schema, and not by its name alone", () => {
    assert.equal(mapColumn(sourceColumn({ ...HSTORE, schema: "ext" }), LAKE).type.type, "map");
    assert.equal(mapColumn(sourceColumn({ ...HSTORE, extension: null }), LAKE).type.type, "utf8");
  });

  it("decodes to what it was, for any maps", () => {
    const pair = fc.tuple(fc.string({ unit: "binary" }), fc.option(fc.string({ unit: "binary" })));
    fc.assert(
      fc.property(fc.array(fc.option(fc.array(pair))), (maps) => {
        assert.deepEqual(decode(encode(maps)), maps);
      }),
    );
  });

  const corrupt: [string, Uint8Array][] = [
    ["without a count", wire("ab")],
    ["of a negative count", wire(-1)],
    ["of more pairs than bytes", wire(0x7fffffff, parts("a", "b"))],
    ["with a null key", wire(1, parts(null, "b"))],
    ["whose key reaches beyond it", wire(1, 100, "abcd")],
    ["that ends before a value", wire(2, parts("abcdefgh", "a", "b"))],
    ["with bytes after the last pair", wire(1, parts("a", "b"), 0)],
  ];
  for (const [what, payload] of corrupt) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => decode([wire(0), payload]), { code: "WIRE_CORRUPT" });
    });
  }
});

const hex = (payload: Payload) => (payload === null ? null : Buffer.from(payload).toString("hex"));
