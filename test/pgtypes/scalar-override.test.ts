import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BronzeError } from "../../src/model/errors.ts";
import type { PgType } from "../../src/pgtypes/contract.ts";
import { Unrepresentable } from "../../src/pgtypes/contract.ts";
import { wireOfText } from "../../src/pgtypes/numeric-wire.ts";
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

describe("a target beside the policy text", () => {
  const textPolicy: (readonly [string, string])[] = [
    ["text", "uuid"],
    ["text", "json"],
    ["text", "geometry"],
    ["bytea", "geometry"],
    ["bytea", "geography"],
    ["numeric", "decimal(10,2)"],
    ["int8", "float64"],
    ["int4", "decimal(5,2)"],
    ["time", "time"],
  ];
  for (const [type, as] of textPolicy) {
    it(`is refused before a row is read, since the column would be text: ${type} as ${as}`, () => {
      assert.throws(
        () => mapScalar(type, { as, unrepresentable: "text" }),
        (error) =>
          error instanceof BronzeError &&
          error.code === "CONFIG_INVALID" &&
          error.hint === "unrepresentable: text lands the column as text; give the column unrepresentable: error or null.",
      );
    });
  }

  it("stands where every value of the type lands", () => {
    assert.deepEqual(mapScalar("int4", { as: "float64", unrepresentable: "text" }).type, { type: "float", bits: 64 });
    assert.deepEqual(mapScalar("text", { as: "bytes", unrepresentable: "text" }).type, { type: "binary" });
  });
});

describe("float64 that rounds", () => {
  it("lands the nearest double of every number, as JavaScript reads its digits", () => {
    const mapping = mapScalar("numeric", { as: "float64", round: true });
    const texts = [
      "0.10000000000000001",
      "0.312202375047880302392",
      "0.1",
      "123456789012345678901234567890",
      "1e-400",
      "-0.1",
      "NaN",
    ];
    assert.deepEqual(
      decodeScalar(
        mapping,
        texts.map((text) => wireOfText(text === "1e-400" ? `0.${"0".repeat(399)}1` : text)),
      ),
      texts.map(Number),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(60), (digits, scale) => {
        const magnitude = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
        const point = magnitude.length - scale;
        const text = `${digits < 0n ? "-" : ""}${magnitude.slice(0, point)}${scale === 0 ? "" : `.${magnitude.slice(point)}`}`;
        assert.deepEqual(decodeScalar(mapping, [wireOfText(text)]), [Number(text) + 0]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("still refuses what is beyond the largest double", () => {
    const mapping = mapScalar("numeric", { as: "float64", round: true });
    assert.throws(() => decodeScalar(mapping, [wireOfText("9".repeat(310))]), /is beyond the largest float64/);
  });

  it("lands the nearest double of every int8", () => {
    const mapping = mapScalar("int8", { as: "float64", round: true });
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        assert.deepEqual(decodeScalar(mapping, [int64(value)]), [Number(value)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is what a refused number's hint speaks of", () => {
    const refused = (type: string, wire: Uint8Array): unknown => {
      try {
        decodeScalar(mapScalar(type, { as: "float64" }), [wire]);
      } catch (error) {
        return error;
      }
      return null;
    };
    for (const error of [refused("numeric", wireOfText("0.10000000000000001")), refused("int8", int64(2n ** 53n + 1n))]) {
      assert.ok(error instanceof Unrepresentable && error.remedy === "round", String(error));
    }
  });
});

describe("a number that is refused", () => {
  it("is cut in the message", () => {
    for (const as of ["int64", "decimal(10,2)", "float64"]) {
      assert.throws(
        () => decodeScalar(mapScalar("numeric", { as }), [wireOfText(`${"9".repeat(399)}`)]),
        (error) => error instanceof Unrepresentable && error.message.startsWith(`${"9".repeat(60)}… (399 characters) `),
      );
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
