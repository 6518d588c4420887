import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BronzeError } from "../../src/model/errors.ts";
import type { PgType } from "../../src/pgtypes/contract.ts";
import { Unrepresentable } from "../../src/pgtypes/contract.ts";
import { builtIn, decodeScalar, encodeAgain, hexOf, int16s, int32, int64, mapScalar } from "./scalar-wire.ts";

const integers = [
  ["int2", 2n ** 15n, (value: bigint) => int16s(Number(value))],
  ["int4", 2n ** 31n, (value: bigint) => int32(Number(value))],
  ["int8", 2n ** 63n, int64],
] as const;
const float64 = (value: number) => {
  const out = Buffer.alloc(8);
  out.writeDoubleBE(value);
  return out;
};
const wireText = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

describe("integers given another target", () => {
  for (const [type, limit, wire] of integers) {
    const values = fc.oneof(fc.bigInt({ min: -limit, max: limit - 1n }), fc.constantFrom(0n, 1n, -1n, limit - 1n, -limit));
    it(`lands ${type} as decimal exactly, or refuses it`, () => {
      fc.assert(
        fc.property(values, fc.integer({ min: 1, max: 38 }), fc.nat(), (value, precision, anyScale) => {
          const scale = anyScale % (precision + 1);
          const mapping = mapScalar(type, { as: `decimal(${precision},${scale})` });
          const unscaled = value * 10n ** BigInt(scale);
          if ((unscaled < 0n ? -unscaled : unscaled) >= 10n ** BigInt(precision)) {
            assert.throws(
              () => decodeScalar(mapping, [null, wire(value)]),
              (error) => error instanceof Unrepresentable && error.slot === 1,
            );
            return;
          }
          assert.deepEqual(decodeScalar(mapping, [null, wire(value)]), [null, unscaled]);
          assert.equal(hexOf(encodeAgain(mapping, [wire(value)])[0]), hexOf(wire(value)));
        }),
        { numRuns: 2_000 },
      );
    });

    it(`lands ${type} as int64 and as float64 exactly, or refuses it`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const wide = mapScalar(type, { as: "int64" });
          assert.deepEqual(decodeScalar(wide, [wire(value)]), [value]);
          assert.equal(hexOf(encodeAgain(wide, [wire(value)])[0]), hexOf(wire(value)));
          const float = mapScalar(type, { as: "float64" });
          if (BigInt(Number(value)) !== value) {
            assert.throws(() => decodeScalar(float, [wire(value)]), Unrepresentable);
            return;
          }
          assert.deepEqual(decodeScalar(float, [wire(value)]), [Number(value)]);
          assert.equal(hexOf(encodeAgain(float, [wire(value)])[0]), hexOf(wire(value)));
        }),
        { numRuns: 2_000 },
      );
    });
  }

  it("lands oid without its sign in every form", () => {
    const wire = int32(-1);
    for (const mapping of [
      mapScalar("oid"),
      mapScalar("oid", { as: "float64" }),
      mapScalar("oid", { as: "decimal(10,0)" }),
      mapScalar("oid", { profile: "native" }),
    ]) {
      assert.equal(String(decodeScalar(mapping, [wire])[0]), "4294967295");
      assert.equal(hexOf(encodeAgain(mapping, [wire])[0]), "ffffffff");
    }
  });

  it("widens float4 to float64 without a change", () => {
    const mapping = mapScalar("float4", { as: "float64" });
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const wire = Buffer.alloc(4);
        wire.writeFloatBE(value);
        assert.deepEqual(decodeScalar(mapping, [wire]), [value]);
        assert.equal(hexOf(encodeAgain(mapping, [wire])[0]), hexOf(wire));
      }),
    );
  });
});

describe("text given another target", () => {
  it("lands as uuid where it is one, in either case of letters", () => {
    const uuid = mapScalar("text", { as: "uuid" });
    const canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    const bytes = new Uint8Array(Buffer.from(canonical.replaceAll("-", ""), "hex"));
    assert.deepEqual(decodeScalar(uuid, wireText(canonical, canonical.toUpperCase())), [bytes, bytes]);
    assert.equal(hexOf(encodeAgain(uuid, wireText(canonical))[0]), hexOf(Buffer.from(canonical)));
  });

  it("refuses text that is no uuid, naming it", () => {
    const bad = [
      "",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
      "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g",
      "a0eebc999c0b4ef8bb6d6bb9bd380a11",
      "a0eebc99_9c0b-4ef8-bb6d-6bb9bd380a11",
      "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a}",
    ];
    for (const text of bad)
      assert.throws(() => decodeScalar(mapScalar("varchar", { as: "uuid" }), wireText(text)), /is not a uuid/, text);
    const orNull = mapScalar("varchar", { as: "uuid", unrepresentable: "null" });
    assert.deepEqual(
      decodeScalar(orNull, wireText(...bad)),
      bad.map(() => null),
    );
  });

  it("lands as JSON where it is JSON, byte for byte", () => {
    const json = mapScalar("text", { as: "json" });
    const texts = [' { "b" : 1, "b":1.0 } ', "null", '"\\u0000"', "12345678901234567890.10"];
    assert.deepEqual(json.type, { type: "json" });
    assert.deepEqual(decodeScalar(json, wireText(...texts)), texts);
    for (const text of ["", "{", "{'a':1}", "NaN"]) assert.throws(() => decodeScalar(json, wireText(text)), /not JSON/, text);
  });

  it("lands as its bytes", () => {
    const bytes = mapScalar("text", { as: "bytes" });
    assert.deepEqual(decodeScalar(bytes, wireText("ż")), [Uint8Array.of(0xc5, 0xbc)]);
  });

  it("lands as what it is for every name of text, citext included", () => {
    const citext: PgType = { ...builtIn("citext"), schema: "public", extension: "citext" };
    for (const type of ["text", "varchar", "bpchar", "name", citext]) {
      const mapping = mapScalar(type, { unrepresentable: "text" });
      assert.deepEqual([mapping.type, mapping.project], [{ type: "utf8" }, null]);
    }
  });
});

describe("time and uuid given a target", () => {
  it("is native in the lake where the column says so, and text in native where it says so", () => {
    assert.deepEqual(mapScalar("time", { as: "time" }).type, { type: "time" });
    assert.deepEqual(mapScalar("uuid", { as: "uuid" }).type, { type: "uuid" });
    assert.deepEqual(mapScalar("time", { as: "text", profile: "native" }).type, { type: "utf8" });
    assert.deepEqual(mapScalar("uuid", { as: "text", profile: "native" }).type, { type: "utf8" });
  });
});

describe("a target that a type can't have", () => {
  const unsuitable: (readonly [string, string])[] = [
    ["int4", "uuid"],
    ["bool", "int64"],
    ["float8", "decimal(10,2)"],
    ["numeric", "time"],
    ["numeric", "decimal(39,2)"],
    ["numeric", "decimal(5,6)"],
    ["numeric", "decimal(0,0)"],
    ["date", "int64"],
    ["timestamp", "time"],
    ["bytea", "uuid"],
    ["uuid", "bytes"],
    ["inet", "bytes"],
    ["text", "decimal(10,2)"],
    ["json", "uuid"],
    ["int4", "integer"],
  ];
  for (const [type, as] of unsuitable) {
    it(`is a mistake of the config: ${type} as ${as}`, () => {
      assert.throws(
        () => mapScalar(type, { as }),
        (error) => error instanceof BronzeError && error.code === "CONFIG_INVALID" && error.hint !== undefined,
      );
    });
  }

  it("is answered with the targets that it can have", () => {
    assert.throws(
      () => mapScalar("numeric", { as: "uuid" }),
      (error) => error instanceof BronzeError && /decimal\(p,s\), float64, int64/.test(error.hint ?? ""),
    );
  });
});

describe("doubles", () => {
  it("keep the bits of NaNs and of minus zero", () => {
    const mapping = mapScalar("float8");
    const payloads = [float64(-0), Buffer.from("7ff8000000000001", "hex"), Buffer.from("fff0000000000001", "hex")];
    assert.deepEqual(encodeAgain(mapping, payloads).map(hexOf), payloads.map(hexOf));
  });
});
