import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BytesVector, Word32Vector, Word64Vector } from "../../src/model/vector.ts";
import {
  BOUND_BYTES,
  type Bounds,
  bytesBounds,
  compareValues,
  mergeBounds,
  roundUp,
  word32Bounds,
  word64Bounds,
} from "../../src/parquet/bounds.ts";
import { toVector } from "../support/vectors.ts";

function boundsOfText(values: readonly string[]): Bounds | null {
  const vector = toVector({ type: "utf8" }, values) as BytesVector;
  const view = new DataView(vector.source.buffer, vector.source.byteOffset, vector.source.byteLength);
  return bytesBounds(vector.source, view, vector.starts, vector.lengths, values.length);
}

const int64 = (values: readonly bigint[]) =>
  word64Bounds("int64", (toVector({ type: "int", bits: 64, signed: true }, values) as Word64Vector).words, values.length);
const double = (values: readonly number[]) =>
  word64Bounds("float64", (toVector({ type: "float", bits: 64 }, values) as Word64Vector).words, values.length);
const readInt64 = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true);
const readDouble = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);

describe("bounds", () => {
  it("are the smallest and the largest 64-bit integer", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 }), (values) => {
        const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const bounds = int64(values)!;
        assert.deepEqual([readInt64(bounds.min), readInt64(bounds.max)], [sorted[0], sorted.at(-1)]);
      }),
    );
  });

  it("compare oids without a sign", () => {
    const { values } = toVector({ type: "int", bits: 32, signed: false }, [1, 4294967295, 7]) as Word32Vector;
    const bounds = word32Bounds("uint32", values, 3)!;
    assert.deepEqual([...bounds.min, ...bounds.max], [1, 0, 0, 0, 255, 255, 255, 255]);
  });

  it("leave NaN out, and say nothing when there is nothing else", () => {
    assert.equal(double([Number.NaN, Number.NaN]), null);
    const bounds = double([Number.NaN, 3, -2, Number.POSITIVE_INFINITY])!;
    assert.deepEqual([readDouble(bounds.min), readDouble(bounds.max)], [-2, Number.POSITIVE_INFINITY]);
  });

  it("include both zeros whichever of them occurred", () => {
    const bounds = double([0, 0])!;
    assert.ok(Object.is(readDouble(bounds.min), -0));
    assert.ok(Object.is(readDouble(double([-0])!.max), 0));
  });

  it("enclose any text in UTF-8 byte order, cut or not", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", minLength: 60, maxLength: 80 }));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (values) => {
        const bounds = boundsOfText(values);
        if (bounds === null) return;
        for (const value of values) {
          const bytes = Buffer.from(value);
          assert.ok(Buffer.compare(bounds.min, bytes) <= 0 && Buffer.compare(bytes, bounds.max) <= 0);
        }
        assert.ok(bounds.min.length <= BOUND_BYTES && bounds.max.length <= BOUND_BYTES);
        const exact = (bound: Uint8Array) => values.some((value) => Buffer.compare(Buffer.from(value), bound) === 0);
        if (bounds.minExact) assert.ok(exact(bounds.min));
        if (bounds.maxExact) assert.ok(exact(bounds.max));
      }),
    );
  });

  it("cut long text between characters", () => {
    const long = "é".repeat(100);
    const bounds = boundsOfText([`a${long}`, `b${long}`])!;
    assert.equal(Buffer.from(bounds.min).toString(), `a${"é".repeat(31)}`);
    assert.equal(Buffer.from(bounds.max).toString(), "c");
  });

  it("raise the last byte that can be raised", () => {
    assert.deepEqual(roundUp(Uint8Array.of(97, 98)), Uint8Array.of(97, 99));
    assert.deepEqual(roundUp(Uint8Array.of(97, 0xff)), Uint8Array.of(98));
    assert.equal(roundUp(Uint8Array.of(0xff, 0xff)), null);
  });

  it("compare big decimals by sign first", () => {
    assert.ok(compareValues("signed-bytes", Uint8Array.of(0xff, 0xff), Uint8Array.of(0x00, 0x01)) < 0);
    assert.ok(compareValues("signed-bytes", Uint8Array.of(0x80, 0x00), Uint8Array.of(0xff, 0x00)) < 0);
  });

  it("merge to the wider of both", () => {
    const merged = mergeBounds("int64", int64([5n, 9n]), int64([-3n, 7n]))!;
    assert.deepEqual([readInt64(merged.min), readInt64(merged.max)], [-3n, 9n]);
  });
});
