import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Unrepresentable } from "../../src/pgtypes/contract.ts";
import { alignmentOf, dividedGroup } from "../../src/pgtypes/decimal-alignment.ts";
import { wireOfText, wireOfUnscaled } from "../../src/pgtypes/numeric-wire.ts";
import { decimalText } from "./landed-text.ts";
import { decodeScalar, encodeAgain, hexOf, int16s, mapScalar, numericTypmod } from "./scalar-wire.ts";

const asDecimal = (precision: number, scale: number) => mapScalar("numeric", { as: `decimal(${precision},${scale})` });

/** A scale, a precision that it fits, and an unscaled value of at most that many digits, short ones as often as long ones. */
const decimals = fc
  .tuple(
    fc.integer({ min: 1, max: 38 }),
    fc.nat(),
    fc.integer({ min: 0, max: 38 }),
    fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
    fc.nat({ max: 38 }),
    fc.boolean(),
  )
  .map(([precision, anyScale, digits, any, zeros, negative]) => {
    const scale = anyScale % (precision + 1);
    const zeroed = (any / 10n ** BigInt(zeros)) * 10n ** BigInt(zeros);
    const magnitude = zeroed % 10n ** BigInt(Math.min(digits, precision));
    return { precision, scale, unscaled: negative ? -magnitude : magnitude };
  });

describe("numeric as decimal", () => {
  it("is exact for every precision, scale and value, and encodes to the same bytes", () => {
    fc.assert(
      fc.property(decimals, ({ precision, scale, unscaled }) => {
        const mapping = asDecimal(precision, scale);
        const wire = wireOfUnscaled(unscaled, scale, scale);
        assert.deepEqual(decodeScalar(mapping, [wire]), [unscaled]);
        assert.equal(hexOf(encodeAgain(mapping, [wire])[0]), hexOf(wire));
      }),
      { numRuns: 20_000 },
    );
  });

  it("refuses every value with a digit beyond the scale, and every one beyond the precision", () => {
    fc.assert(
      fc.property(decimals, ({ precision, scale, unscaled }) => {
        const finer = wireOfUnscaled(unscaled * 10n + (unscaled < 0n ? -1n : 1n), scale + 1, scale + 1);
        const larger = wireOfUnscaled(unscaled + (unscaled < 0n ? -1n : 1n) * 10n ** BigInt(precision), scale, scale);
        for (const wire of [finer, larger])
          assert.throws(() => decodeScalar(asDecimal(precision, scale), [wire]), Unrepresentable);
      }),
      { numRuns: 5_000 },
    );
  });

  it("refuses values far beyond both ends of the scale", () => {
    for (const precision of [4, 15, 18, 38])
      for (const text of ["1e40", "1e1000", "1e-40", "1e-1000", "-1e131071", "1e-16383", "NaN", "Infinity", "-Infinity"])
        assert.throws(
          () => decodeScalar(asDecimal(precision, 2), [wireOfText(text)]),
          Unrepresentable,
          `${text} in ${precision}`,
        );
  });

  it("names the value and the type in the message, shortened when long", () => {
    const fault = (text: string) => () => decodeScalar(asDecimal(5, 2), [wireOfText(text)]);
    assert.throws(fault("1234.567"), /^Unrepresentable: 1234\.567 has no exact decimal\(5,2\)$/);
    assert.throws(fault("NaN"), /NaN has no exact decimal\(5,2\)/);
    assert.throws(fault("1e500"), (error: Error) => error.message.length < 120);
  });

  it("divides the last group without a division, right for every group", () => {
    for (const scale of [0, 1, 2, 3]) {
      const alignment = alignmentOf(scale);
      for (let group = 0; group < 10_000; group++) {
        const expected = group % alignment.divisor === 0 ? group / alignment.divisor : -1;
        assert.equal(dividedGroup(group, alignment), expected);
      }
    }
  });

  it("lands as a decimal that exists where the scale is negative or passes the precision", () => {
    const landed = (precision: number, scale: number) => mapScalar("numeric", { typmod: numericTypmod(precision, scale) }).type;
    assert.deepEqual(landed(10, 2), { type: "decimal", precision: 10, scale: 2 });
    assert.deepEqual(landed(3, -2), { type: "decimal", precision: 5, scale: 0 });
    assert.deepEqual(landed(2, 5), { type: "decimal", precision: 5, scale: 5 });
    assert.deepEqual(landed(30, -8), { type: "decimal", precision: 38, scale: 0 });
    for (const [precision, scale] of [
      [30, -9],
      [2, 39],
      [39, 0],
      [1000, 1000],
      [1, -1000],
    ] as const)
      assert.deepEqual(landed(precision, scale), { type: "utf8" }, `${precision},${scale}`);
    assert.deepEqual(mapScalar("numeric").type, { type: "utf8" });
  });
});

describe("numeric as text", () => {
  const text = mapScalar("numeric");

  it("keeps every digit and the zeros that the server shows", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.nat({ max: 70 }), (unscaled, dscale) => {
        const wire = wireOfUnscaled(unscaled, dscale, dscale);
        const [landed] = decodeScalar(text, [wire]);
        assert.equal(landed, decimalText(unscaled, dscale));
        assert.equal(hexOf(encodeAgain(text, [wire])[0]), hexOf(wire));
      }),
      { numRuns: 5_000 },
    );
  });

  it("reads groups of zeros that were left out at both ends", () => {
    const cases: (readonly [number[], string])[] = [
      [[0, 0, 0, 0], "0"],
      [[0, 0, 0, 2], "0.00"],
      [[1, 2, 0, 0, 7], "700000000"],
      [[1, 0, 0x4000, 0, 10], "-10"],
      [[1, -2, 0, 8, 1000], "0.00001000"],
      [[1, -2, 0, 5, 1000], "0.00001"],
      [[2, 0, 0, 2, 10, 5000], "10.50"],
      [[0, 0, 0xc000, 0], "NaN"],
      [[0, 0, 0xd000, 32], "Infinity"],
      [[0, 0, 0xf000, 32], "-Infinity"],
    ];
    for (const [words, expected] of cases) {
      const wire = int16s(...words);
      assert.deepEqual(decodeScalar(text, [wire]), [expected]);
      assert.equal(hexOf(encodeAgain(text, [wire])[0]), hexOf(wire));
    }
  });
});

describe("numeric as float64", () => {
  const float = mapScalar("numeric", { as: "float64" });

  it("takes exactly the numbers that a double's shortest decimal says", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const [landed] = decodeScalar(float, [wireOfText(String(value))]);
        assert.equal(landed, value === 0 ? 0 : value);
      }),
      { numRuns: 5_000 },
    );
  });

  it("refuses what a double would change", () => {
    for (const text of ["9007199254740993", "0.1000000000000000055511151231257827", "1e309", "1e-400", "123456789012345678"])
      assert.throws(() => decodeScalar(float, [wireOfText(text)]), Unrepresentable, text);
    const values = ["NaN", "Infinity", "-Infinity", "10.500", "-0.1", "123456789012345680", "1e22", "1e-22", "1e23"];
    assert.deepEqual(
      decodeScalar(
        float,
        values.map((text) => wireOfText(text)),
      ),
      values.map(Number),
    );
  });
});

describe("numeric as int64", () => {
  const integer = mapScalar("numeric", { as: "int64" });
  const limit = 2n ** 63n;

  it("takes exactly the integers that fit", () => {
    const values = [0n, 1n, -1n, limit - 1n, -limit, 2n ** 32n, -(2n ** 32n), 10n ** 18n];
    assert.deepEqual(
      decodeScalar(
        integer,
        values.map((value) => wireOfUnscaled(value, 0, 0)),
      ),
      values,
    );
    assert.deepEqual(decodeScalar(integer, [wireOfText("12.000")]), [12n]);
    for (const text of [
      `${limit}`,
      `-${limit + 1n}`,
      `${2n ** 64n}`,
      `${2n ** 64n + 1n}`,
      "1e19",
      "0.5",
      "1e-30",
      "NaN",
      "Infinity",
    ])
      assert.throws(() => decodeScalar(integer, [wireOfText(text)]), Unrepresentable, text);
  });
});
