import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogicalType } from "../../src/model/logical-type.ts";
import type { Bounds } from "../../src/parquet/bounds.ts";
import { FieldSummaries } from "../../src/parquet/field-summary.ts";
import type { EncodedField } from "../../src/parquet/row-group.ts";
import { type ParquetField, parquetSchema } from "../../src/parquet/schema.ts";

const int32: LogicalType = { type: "int", bits: 32, signed: true };
const field = (name: string, type: LogicalType): ParquetField => ({ name, type, nullable: true });
const list = field("list", { type: "list", element: field("element", int32) });

const bytes = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer);
const between = (min: number, max: number, minExact = true, maxExact = true): Bounds => ({
  min: bytes(min),
  max: bytes(max),
  minExact,
  maxExact,
});

/** One field of a row group of ten rows. */
const part = (bounds: Bounds | null, nullCount: number, levels = 10): Pick<EncodedField, "chunks" | "nullCount"> => ({
  nullCount,
  chunks: [{ bounds, nullCount, levels } as EncodedField["chunks"][number]],
});

function summaryOf(one: ParquetField, ...parts: readonly ReturnType<typeof part>[]) {
  const summaries = new FieldSummaries(parquetSchema([one]));
  for (const group of parts) summaries.add([group]);
  return summaries.result()[0]!;
}

describe("the summary of a field", () => {
  it("has the nulls of all row groups, and the smallest and largest value of any", () => {
    const summary = summaryOf(field("a", int32), part(between(5, 9, false), 1), part(between(-3, 7, true, false), 2));
    assert.deepEqual(summary, { nulls: 3, bounds: { min: bytes(-3), minExact: true, max: bytes(9), maxExact: true } });
  });

  it("has no bounds without row groups, or where all is null", () => {
    assert.deepEqual(summaryOf(field("a", int32)), { nulls: 0, bounds: null });
    assert.deepEqual(summaryOf(field("a", int32), part(null, 10)), { nulls: 10, bounds: null });
  });

  it("takes a row group of nulls for nothing, and one that doesn't know its bounds for all there is to know", () => {
    assert.deepEqual(summaryOf(field("a", int32), part(null, 10), part(between(1, 2), 0)).bounds, between(1, 2));
    assert.equal(summaryOf(field("a", int32), part(between(1, 2), 0), part(null, 3), part(between(1, 2), 0)).bounds, null);
  });

  it("has no bounds for a nested column: those of its elements are not its own", () => {
    assert.deepEqual(summaryOf(list, part(between(1, 2), 4, 30)), { nulls: 4, bounds: null });
  });
});
