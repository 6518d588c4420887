import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { LogicalType } from "../../src/model/logical-type.ts";
import type { ParquetField } from "../../src/parquet/schema.ts";
import { duckdb, parquetFile, type TestFileOptions } from "../support/parquet-file.ts";

const utf8: LogicalType = { type: "utf8" };
const int64: LogicalType = { type: "int", bits: 64, signed: true };
const int32: LogicalType = { type: "int", bits: 32, signed: true };
const optional = (name: string, type: LogicalType): ParquetField => ({ name, type, nullable: true });
const listOf = (type: LogicalType): LogicalType => ({ type: "list", element: optional("element", type) });

async function hyparquet(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const file = new Uint8Array(bytes).buffer;
  return parquetReadObjects({ file, compressors, utf8: false });
}

/** hyparquet's values in the terms of `toVector`. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

async function roundTrip(
  fields: readonly ParquetField[],
  rows: readonly (readonly unknown[])[],
  options?: TestFileOptions,
): Promise<void> {
  const file = await parquetFile(fields, rows, options);
  const read = await hyparquet(file);
  assert.deepEqual(
    read.map((row) => fields.map((field) => plain(row[field.name]))),
    rows.map((row) => row.map(plain)),
  );
  const [counted] = await duckdb(file, "SELECT count(*)::int AS rows FROM $file");
  assert.equal(counted!["rows"], rows.length);
}

describe("ParquetFileWriter", () => {
  it("writes a file without row groups for an empty table", async () => {
    const file = await parquetFile([optional("a", int32)], []);
    assert.equal(parquetMetadata(new Uint8Array(file).buffer).row_groups.length, 0);
    assert.deepEqual(await duckdb(file, "SELECT count(*)::int AS rows FROM $file"), [{ rows: 0 }]);
    assert.deepEqual(await duckdb(file, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM $file)"), [
      { column_name: "a", column_type: "INTEGER" },
    ]);
  });

  it("writes field ids into the schema, and changes nothing else for them", async () => {
    const fields = [optional("a", int32), optional("b", listOf(utf8))];
    const ids = [
      { id: 7, nested: {} },
      { id: 2_000_000_000, nested: { "list.element": 9 } },
    ];
    const rows = Array.from({ length: 100 }, (_, i) => [i, [`${i}`, null]]);
    const without = await parquetFile(fields, rows);
    const file = await parquetFile(
      fields.map((field, i) => ({ ...field, ids: ids[i]! })),
      rows,
    );
    const footerOf = (bytes: Buffer) => parquetMetadata(new Uint8Array(bytes).buffer);
    assert.deepEqual(
      footerOf(file).schema.map(({ field_id }) => field_id),
      [undefined, 7, 2_000_000_000, undefined, 9],
    );
    const { schema, metadata_length, ...rest } = footerOf(file);
    const before = footerOf(without);
    assert.deepEqual({ ...rest, schema: before.schema, metadata_length: before.metadata_length }, before);
    assert.deepEqual(
      schema.map(({ field_id: _, ...element }) => element),
      before.schema.map(({ field_id: _, ...element }) => element),
    );
    const footerAt = without.length - before.metadata_length - 8;
    assert.ok(file.subarray(0, footerAt).equals(without.subarray(0, footerAt)));
    assert.equal(file.length - metadata_length, without.length - before.metadata_length);
  });

  for (const compression of ["zstd", "snappy", "none"] as const) {
    it(`reads back through other readers what was written with ${compression}`, async () => {
      const rows = Array.from({ length: 5000 }, (_, i) => [
        i % 7 === 0 ? null : `name ${i % 50}`,
        i % 3 === 0 ? null : BigInt(i) * 1_000_000_007n - 3n,
        i % 2 === 0,
        `unique ${i} ${"x".repeat(i % 300)}`,
      ]);
      const fields = [optional("a", utf8), optional("b", int64), optional("c", { type: "bool" }), optional("d", utf8)];
      await roundTrip(fields, rows, { compression, pageBytes: 10_000, rowGroupRows: 3000, batchRows: 700 });
    });
  }

  it("keeps every page and index in step when the dictionary is given up in the middle of a row group", async () => {
    const rows = Array.from({ length: 90_000 }, (_, i) => [i < 70_000 ? `v${i % 3000}` : `w${i}`, i < 60_000 ? i % 100 : i]);
    await roundTrip([optional("a", utf8), optional("b", int32)], rows, { pageBytes: 20_000 });
  });

  it("goes seven row groups without a dictionary after values that hardly repeat, and then asks again", async () => {
    const rowGroupRows = 4096;
    const rows = Array.from({ length: 10 * rowGroupRows }, (_, i) => [i < rowGroupRows ? `unique ${i}` : `name ${i % 50}`]);
    const fields = [optional("a", utf8)];
    await roundTrip(fields, rows, { rowGroupRows });
    const { row_groups } = parquetMetadata(new Uint8Array(await parquetFile(fields, rows, { rowGroupRows })).buffer);
    const withDictionary = row_groups.map((group) => group.columns[0]!.meta_data!.dictionary_page_offset !== undefined);
    assert.deepEqual(withDictionary, [...new Array<boolean>(8).fill(false), true, true]);
  });

  it("fills a dictionary to its last index and goes on plain", async () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => [Math.floor(i / 2)]);
    await roundTrip([optional("a", int32)], rows);
  });

  it("nests lists, structs and maps as deep as they come", async () => {
    const item: LogicalType = { type: "struct", fields: [optional("x", int32), optional("tags", listOf(utf8))] };
    const rows = [
      [null, null, null],
      [[], {}, [[]]],
      [[1, null, 3], { x: 1, tags: null }, [[1], [], [2, null]]],
      [[null], { x: null, tags: [] }, [null, [3]]],
      [[4], { x: 5, tags: ["a", null, ""] }, []],
    ];
    const fields = [optional("a", listOf(int32)), optional("s", item), optional("n", listOf(listOf(int32)))];
    const file = await parquetFile(fields, rows);
    const read = await duckdb(file, "SELECT to_json(a)::text AS a, to_json(s)::text AS s, to_json(n)::text AS n FROM $file");
    assert.deepEqual(
      read.map((row) => ["a", "s", "n"].map((name) => JSON.parse((row[name] as string | null) ?? "null"))),
      rows.map(([a, s, n]) => [a, s === null ? null : { x: null, tags: null, ...(s as object) }, n]),
    );
  });

  it("round-trips any nested lists of text", async () => {
    const text = fc.option(fc.string({ unit: "binary", maxLength: 12 }), { nil: null });
    const cell = fc.option(fc.array(fc.option(fc.array(text, { maxLength: 4 }), { nil: null }), { maxLength: 4 }), { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { maxLength: 30 }), async (cells) => {
        const file = await parquetFile(
          [optional("a", listOf(listOf(utf8)))],
          cells.map((value) => [value]),
          { batchRows: 5, pageBytes: 40 },
        );
        const read = await hyparquet(file);
        assert.deepEqual(
          read.map((row) => plain(row["a"])),
          cells,
        );
      }),
      { numRuns: 100 },
    );
  });

  it("gives the same bytes for the same rows", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => [`v${i % 10}`, i]);
    const fields = [optional("a", utf8), optional("b", int32)];
    assert.deepEqual(await parquetFile(fields, rows), await parquetFile(fields, rows));
  });

  it("states bounds and null counts that DuckDB finds to be true", async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => [
      i % 10 === 0 ? null : i - 500,
      `t${String(i).padStart(4, "0")}`,
      i / 4 - 100,
    ]);
    const fields = [optional("i", int32), optional("t", utf8), optional("f", { type: "float", bits: 64 })];
    const file = await parquetFile(fields, rows, { rowGroupRows: 250, batchRows: 100, pageBytes: 200 });
    const stats = await duckdb(
      file,
      "SELECT path_in_schema, min(stats_null_count) AS n, count(*)::int AS c FROM parquet_metadata($file) GROUP BY 1 ORDER BY 1",
    );
    assert.deepEqual(stats, [
      { path_in_schema: "f", n: "0", c: 4 },
      { path_in_schema: "i", n: "25", c: 4 },
      { path_in_schema: "t", n: "0", c: 4 },
    ]);
    const [group] = await duckdb(
      file,
      "SELECT stats_min_value AS a, stats_max_value AS b FROM parquet_metadata($file) WHERE row_group_id = 1 AND path_in_schema = 'i'",
    );
    assert.deepEqual(group, { a: "-249", b: "-1" });
    assert.deepEqual(await duckdb(file, "SELECT count(*)::int AS c FROM $file WHERE t = 't0777'"), [{ c: 1 }]);
    assert.deepEqual(await duckdb(file, "SELECT count(*)::int AS c FROM $file WHERE f < -50"), [{ c: 200 }]);
  });
});
