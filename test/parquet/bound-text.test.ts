import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decimalWidth, type LogicalType } from "../../src/model/logical-type.ts";
import { boundText } from "../../src/parquet/bound-text.ts";

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const int32 = (value: number): Uint8Array => bytesOf(Int32Array.of(value));
const int64 = (value: bigint): Uint8Array => bytesOf(BigInt64Array.of(value));
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, "hex"));
const int = (bits: 16 | 32 | 64, signed = true): LogicalType => ({ type: "int", bits, signed });
const decimal = (precision: number, scale: number): LogicalType => ({ type: "decimal", precision, scale });
const DATE: LogicalType = { type: "date" };
const FLOAT32: LogicalType = { type: "float", bits: 32 };
const FLOAT64: LogicalType = { type: "float", bits: 64 };
const LOCAL: LogicalType = { type: "timestamp", utc: false };

/** As PLAIN has a decimal of that precision. */
function unscaled(precision: number, value: bigint): Uint8Array {
  if (precision <= 9) return int32(Number(value));
  if (precision <= 18) return int64(value);
  const width = decimalWidth(precision);
  return hex(
    BigInt.asUintN(width * 8, value)
      .toString(16)
      .padStart(width * 2, "0"),
  );
}

const KNOWN: readonly [LogicalType, Uint8Array, string | null][] = [
  [{ type: "bool" }, Uint8Array.of(0), "false"],
  [{ type: "bool" }, Uint8Array.of(1), "true"],
  [int(16), int32(-32768), "-32768"],
  [int(32, false), int32(-1), "4294967295"],
  [int(64), int64(-(2n ** 63n)), "-9223372036854775808"],
  [FLOAT32, bytesOf(Float32Array.of(0.1)), "0.1"],
  [FLOAT32, bytesOf(Float32Array.of(16777216)), "16777216"],
  [FLOAT32, bytesOf(Float32Array.of(3.4028234663852886e38)), "3.4028235e+38"],
  [FLOAT32, bytesOf(Float32Array.of(1.401298464324817e-45)), "1e-45"],
  [FLOAT32, bytesOf(Float32Array.of(-Infinity)), "-Infinity"],
  [FLOAT64, bytesOf(Float64Array.of(-0)), "0"],
  [FLOAT64, bytesOf(Float64Array.of(0.1 + 0.2)), "0.30000000000000004"],
  [FLOAT64, bytesOf(Float64Array.of(1e21)), "1e+21"],
  [FLOAT64, bytesOf(Float64Array.of(Infinity)), "Infinity"],
  [decimal(9, 2), unscaled(9, -5n), "-0.05"],
  [decimal(9, 0), unscaled(9, 0n), "0"],
  [decimal(18, 18), unscaled(18, 1n), "0.000000000000000001"],
  [decimal(38, 2), unscaled(38, -(10n ** 38n) + 1n), "-999999999999999999999999999999999999.99"],
  [{ type: "utf8" }, utf8(""), ""],
  [{ type: "json" }, utf8('{"a": "ż"}'), '{"a": "ż"}'],
  [{ type: "utf8" }, utf8("\ufeffx"), "\ufeffx"],
  [{ type: "utf8" }, Uint8Array.of(0xc4, 0xc0), null],
  [{ type: "uuid" }, hex("a0eebc999c0b4ef8bb6d6bb9bd380a11"), "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  [DATE, int32(0), "1970-01-01"],
  [DATE, int32(-1), "1969-12-31"],
  [DATE, int32(11016), "2000-02-29"],
  [DATE, int32(-719528), "0000-01-01"],
  [DATE, int32(-719529), "-000001-12-31"],
  [DATE, int32(2932896), "9999-12-31"],
  [DATE, int32(2932897), "+010000-01-01"],
  // The first and the last that PostgreSQL has: 4714-11-24 BC and 5874897-12-31.
  [DATE, int32(-2440588), "-004713-11-24"],
  [DATE, int32(2145042905), "+5874897-12-31"],
  [{ type: "time" }, int64(86_399_999_999n), "23:59:59.999999"],
  [{ type: "time" }, int64(0n), "00:00:00.000000"],
  [LOCAL, int64(0n), "1970-01-01T00:00:00.000000"],
  [LOCAL, int64(-1n), "1969-12-31T23:59:59.999999"],
  [{ type: "timestamp", utc: true }, int64(1_795_996_800_000_001n), "2026-11-30T00:00:00.000001+00:00"],
  [{ type: "binary" }, Uint8Array.of(1), null],
  [{ type: "wkb", edges: "planar", srid: null }, Uint8Array.of(1), null],
];

describe("the text of a bound", () => {
  for (const [type, bytes, text] of KNOWN) it(`is ${text} of ${type.type}`, () => assert.equal(boundText(type, bytes), text));

  it("is the day that JavaScript has, wherever it has one", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const iso = new Date(days * 86_400_000).toISOString();
        assert.equal(boundText(DATE, int32(days)), iso.slice(0, iso.indexOf("T")));
      }),
    );
  });

  it("is the moment that JavaScript has, to the microsecond", () => {
    fc.assert(
      fc.property(fc.integer({ min: -8e12, max: 8e12 }), fc.integer({ min: 0, max: 999 }), (ms, micros) => {
        const iso = new Date(ms).toISOString().replace("Z", String(micros).padStart(3, "0"));
        assert.equal(boundText(LOCAL, int64(BigInt(ms) * 1000n + BigInt(micros))), iso);
      }),
    );
  });

  it("gives back the same float, and none of fewer digits does", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const text = boundText(FLOAT32, bytesOf(Float32Array.of(value)))!;
        assert.equal(Math.fround(Number(text)), value === 0 ? 0 : value);
        const digits = text.replace(/e.*|[-.]/g, "").replace(/^0+|0+$/g, "").length;
        if (digits > 1 && Number.isFinite(value)) {
          assert.notEqual(Math.fround(Number(value.toPrecision(digits - 1))), value);
        }
      }),
    );
  });

  it("gives back the same decimal, for any precision and scale", () => {
    const decimals = fc
      .integer({ min: 1, max: 38 })
      .chain((precision) =>
        fc.tuple(
          fc.constant(precision),
          fc.integer({ min: 0, max: precision }),
          fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }),
        ),
      );
    fc.assert(
      fc.property(decimals, ([precision, scale, value]) => {
        const text = boundText(decimal(precision, scale), unscaled(precision, value))!;
        assert.match(text, scale === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${scale}}$`));
        assert.equal(BigInt(text.replace(".", "")), value);
      }),
    );
  });
});
