import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type MappingOptions, type PgType, Unrepresentable } from "../../src/pgtypes/contract.ts";
import { createDecoder, createEncoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { fromVector } from "../support/vector-values.ts";
import { toVector } from "../support/vectors.ts";
import { type Payload, toFields } from "../support/wire.ts";
import {
  arrayOf,
  attribute,
  compositeOf,
  domainOf,
  INT4,
  INTERVAL,
  LAKE,
  NUMERIC,
  OR_NULL,
  OR_TEXT,
  parts,
  sourceColumn,
  TEXT,
  wire,
} from "./types.ts";

const PAIR = compositeOf(attribute("a", INT4), attribute("b", TEXT));

function decode(type: PgType, payloads: readonly Payload[], options: MappingOptions = LAKE): unknown[] {
  const mapping = mapColumn(sourceColumn(type), options);
  return fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields(payloads)));
}

function encode(type: PgType, values: readonly unknown[]): Payload[] {
  const mapping = mapColumn(sourceColumn(type), LAKE);
  return createEncoder(mapping.spec).encode(toVector(mapping.type, values));
}

const pair = (a: number | null, b: string | null) => wire(2, 23, parts(a), 25, parts(b));
const hex = (payload: Payload) => (payload === null ? null : Buffer.from(payload).toString("hex"));

describe("composites on the wire", () => {
  it("become structs: null, nulls within and the empty string are three things", () => {
    const payloads = [pair(1, ""), null, pair(null, null), pair(2, "x"), null];
    const values = [{ a: 1, b: "" }, null, { a: null, b: null }, { a: 2, b: "x" }, null];
    assert.deepEqual(decode(PAIR, payloads), values);
    assert.deepEqual(encode(PAIR, values).map(hex), payloads.map(hex));
  });

  it("nest, hold arrays, and lie in arrays", () => {
    const outer = compositeOf(attribute("p", PAIR), attribute("ps", arrayOf(PAIR), -1, 1), attribute("d", domainOf(INT4)));
    const list = wire(1, 1, PAIR.oid, 3, 1, parts(pair(1, null), null, pair(null, "z")));
    const payloads = [
      wire(3, PAIR.oid, parts(pair(7, "q")), arrayOf(PAIR).oid, parts(list), 80_002, parts(9)),
      null,
      wire(3, PAIR.oid, parts(null), arrayOf(PAIR).oid, parts(wire(0, 0, PAIR.oid)), 80_002, parts(null)),
    ];
    const values = [
      { p: { a: 7, b: "q" }, ps: [{ a: 1, b: null }, null, { a: null, b: "z" }], d: 9 },
      null,
      { p: null, ps: [], d: null },
    ];
    assert.deepEqual(decode(outer, payloads), values);
    assert.deepEqual(encode(outer, values).map(hex), payloads.map(hex));
  });

  it("decode to what they were, for any values", () => {
    const struct = fc.record({
      a: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      b: fc.option(fc.string({ unit: "binary" })),
    });
    fc.assert(
      fc.property(fc.array(fc.option(struct)), (values) => {
        const plain = values.map((value) => (value === null ? null : { ...value }));
        assert.deepEqual(decode(PAIR, encode(PAIR, plain)), plain);
      }),
    );
  });

  it("land as the server's text when they have no attributes", () => {
    assert.equal(mapColumn(sourceColumn(compositeOf()), LAKE).project?.("q.c"), "pg_catalog.textin(pg_catalog.record_out(q.c))");
  });
});

describe("a composite's attribute without a counterpart", () => {
  const priced = compositeOf(attribute("id", INT4), attribute("price", NUMERIC, ((4 << 16) | 2) + 4));
  const nan = Buffer.from("00000000c0000000", "hex");
  const one = Buffer.from("00010000000000000001", "hex");
  const row = (price: Uint8Array | null) => wire(2, 23, parts(5), 1700, parts(price));

  it("stops the extract at the composite's slot and names the attribute", () => {
    assert.throws(
      () => decode(priced, [row(one), null, row(null), row(nan)]),
      (error) => error instanceof Unrepresentable && error.slot === 3 && /price: .*NaN/.test(error.message),
    );
  });

  it("is null alone where asked", () => {
    assert.deepEqual(decode(priced, [row(nan), null], OR_NULL), [{ id: 5, price: null }, null]);
  });

  it("is the server's text alone, under the policy text", () => {
    const mapping = mapColumn(sourceColumn(compositeOf(attribute("id", INT4), attribute("xs", arrayOf(INT4)))), OR_TEXT);
    assert.deepEqual(mapping.type.type === "struct" && mapping.type.fields.map(({ type }) => type.type), ["int", "utf8"]);
    assert.equal(
      mapping.project?.("q.c"),
      'CASE WHEN q.c IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW((q.c)."id", pg_catalog.textin(pg_catalog.array_out((q.c)."xs"))) END',
    );
  });
});

describe("composites with attributes that land as the server's text", () => {
  const type = compositeOf(
    attribute('odd "name"', INT4),
    attribute("i", INTERVAL),
    attribute("p", compositeOf(attribute("x", INTERVAL))),
  );

  it("are put together again, attribute by attribute, null kept apart from nulls", () => {
    assert.equal(
      mapColumn(sourceColumn(type), LAKE).project?.("q.c"),
      'CASE WHEN q.c IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW((q.c)."odd ""name""", ' +
        'pg_catalog.textin(pg_catalog.interval_out((q.c)."i")), ' +
        'CASE WHEN (q.c)."p" IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW(pg_catalog.textin(pg_catalog.interval_out(((q.c)."p")."x"))) END) END',
    );
  });

  it("carry the types of what was asked for", () => {
    const payload = wire(3, 23, parts(1), 25, parts("1 mon"), 2249, parts(wire(1, 25, parts(null))));
    const values = [{ 'odd "name"': 1, i: "1 mon", p: { x: null } }];
    assert.deepEqual(decode(type, [payload]), values);
    assert.deepEqual(encode(type, values).map(hex), [hex(payload)]);
  });
});

describe("corrupt composites", () => {
  const corrupt: [string, Uint8Array][] = [
    ["shorter than their count", wire("ab")],
    ["of another number of attributes", wire(1, 23, parts(1))],
    ["of an attribute of another type", wire(2, 23, parts(1), 1043, parts("x"))],
    ["that end before their last attribute", wire(2, 23, parts(1))],
    ["that end within a length", wire(2, 23, parts(1), 25)],
    ["whose attribute reaches beyond them", wire(2, 23, parts(1), 25, 9, "x")],
    ["whose attribute has a negative length", wire(2, 23, parts(1), 25, -7)],
    ["with bytes after the last attribute", wire(pair(1, "x"), 0)],
  ];
  for (const [what, payload] of corrupt) {
    it(`are refused: ${what}`, () => {
      assert.throws(() => decode(PAIR, [pair(1, "x"), payload]), { code: "WIRE_CORRUPT" });
    });
  }
});
