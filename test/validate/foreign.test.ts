import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { LogicalType } from "../../src/model/logical-type.ts";
import type { FileReport } from "../../src/validate/report.ts";
import { parquetFile } from "../support/parquet-file.ts";
import { checksOf, editFooter, metadataOf, optional, type RawThrift, type Sandbox, sandbox } from "./landed-file.ts";

describe("validate on files that others wrote", () => {
  let box: Sandbox;
  before(async () => {
    box = await sandbox();
  });
  after(() => box.remove());

  const pathOf = (name: string) => join(box.folder, name);
  async function copy(select: string, name: string, options = ""): Promise<string> {
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(`COPY (${select}) TO '${pathOf(name)}' (FORMAT parquet, ROW_GROUP_SIZE 2048${options})`);
    connection.closeSync();
    instance.closeSync();
    return pathOf(name);
  }
  async function reportOn(bytes: Uint8Array | string, options = {}): Promise<FileReport> {
    const path = typeof bytes === "string" ? bytes : pathOf("file.parquet");
    if (typeof bytes !== "string") await writeFile(path, bytes);
    return (await box.validate([path], options)).files[0]!;
  }
  function assertPassed(report: FileReport, checked: readonly string[]): void {
    assert.deepEqual(checksOf(report, "fail"), [], JSON.stringify(report.checks, null, 1));
    const passed = checksOf(report, "pass");
    for (const check of checked) assert.ok(passed.includes(check), `${check} was not passed: ${JSON.stringify(report.checks)}`);
  }

  it("says what there is nothing to compare with, and judges the rest", async () => {
    const report = await reportOn(await copy("SELECT range AS i, 'x' || range AS s FROM range(5000)", "plain.parquet"));
    assert.deepEqual(checksOf(report, "warn"), ["landed"]);
    assert.deepEqual(checksOf(report, "pass"), ["footer", "pages", "readable", "row-count", "null-counts", "statistics"]);
    assert.deepEqual(
      report.checks
        .slice(0, -1)
        .filter((check) => check.status === "skip")
        .map((check) => [check.check, check.message]),
      [
        ["size", "no manifest"],
        ["etag", "no manifest"],
        ["sha256", "no manifest"],
        ["checksums", "the pages carry no checksums"],
        ["page-index", "the file has no offset index"],
        ["column-index", "the file has no column index"],
        ["arrow-schema", "no ARROW:schema"],
        ["manifest-rows", "no manifest"],
        ["manifest-row-groups", "no manifest"],
        ["manifest-columns", "no manifest"],
        ["manifest-nulls", "no manifest"],
        ["hash-keys", "no column _source_hashkey"],
        ["unique-keys", "no column _source_hashkey"],
        ["geoparquet", "no geo metadata"],
        ["hive-path", "no name=value folders in the path"],
      ],
    );
    assert.match(report.checks.at(-1)!.message!, /^created by DuckDB/);
  });

  it("holds DuckDB's own bounds and null counts to be true, for every type", async () => {
    const types = [
      "(range % 2 = 0)::BOOLEAN",
      ...["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"].map(
        (type) => `(range % 100)::${type}`,
      ),
      "(range - 700)::BIGINT",
      "(18446744073709551615::UBIGINT - range::UBIGINT)",
      ...["FLOAT", "DOUBLE", "DECIMAL(5,1)", "DECIMAL(9,2)", "DECIMAL(18,3)", "DECIMAL(38,10)", "HUGEINT"].map(
        (type) => `(range - 500)::${type}`,
      ),
      "DATE '1900-01-01' + range::INTEGER",
      "TIME '00:00' + INTERVAL (range) SECOND",
      "TIMESTAMP '1900-01-01' + INTERVAL (range) HOUR",
      "(TIMESTAMP '1900-01-01' + INTERVAL (range) HOUR)::TIMESTAMP_MS",
      "(TIMESTAMP '2000-01-01' + INTERVAL (range) HOUR)::TIMESTAMP_NS",
      "(TIMESTAMP '1900-01-01' + INTERVAL (range) HOUR)::TIMESTAMPTZ",
      "'ü' || range",
      "(range::VARCHAR)::BLOB",
      "from_hex('FF') || (range::VARCHAR)::BLOB",
      "md5(range::VARCHAR)::UUID",
      "INTERVAL (range) DAY",
      "to_json([range])",
      "(CASE WHEN range % 2 = 0 THEN 'a' ELSE 'b' END)::ENUM('b', 'a')",
      "[range, NULL, -range]",
      "[[range], NULL, [], [1, NULL]]",
      "{'a': range, 'b': {'c': 'x' || range, 'd': [{'e': range, 'f': NULL::DOUBLE}]}}",
      "MAP {'k' || range: range, 'l': NULL}",
      // No null structs in lists: DuckDB 1.5 counts the nulls below them twice in its footer.
      "MAP {range: [{'x': range::DOUBLE}, {'x': NULL}]}",
      "[MAP {'a': range}, NULL]",
    ];
    for (const nulls of ["NULL", "range % 3 = 0", "range < 3000"]) {
      const columns = types.map((type, i) => `CASE WHEN ${nulls} THEN NULL ELSE ${type} END AS c${i}`);
      const path = await copy(`SELECT ${columns.join(", ")} FROM range(5000)`, "types.parquet");
      assertPassed(await reportOn(path), ["readable", "row-count", "null-counts", "statistics"]);
    }
  });

  it("holds our own writer's bounds and null counts to be true, for every type and depth", async () => {
    const list = (type: LogicalType): LogicalType => ({ type: "list", element: optional("element", type) });
    const types: readonly (readonly [LogicalType, (i: number) => unknown])[] = [
      [{ type: "int", bits: 16, signed: true }, (i) => (i % 60_000) - 30_000],
      [{ type: "int", bits: 32, signed: false }, (i) => (i % 2 === 0 ? i - 2 ** 31 : i)],
      [{ type: "float", bits: 32 }, (i) => (i % 5 === 0 ? Number.NaN : i / 3)],
      [{ type: "decimal", precision: 38, scale: 9 }, (i) => BigInt(i - 400) * 10n ** 30n],
      [{ type: "uuid" }, (i) => Buffer.alloc(16, i)],
      [{ type: "json" }, (i) => JSON.stringify({ i })],
      [{ type: "binary" }, (i) => Buffer.alloc(i % 100, 255 - (i % 5))],
      [{ type: "time" }, (i) => BigInt(i) * 1_000_003n],
      [{ type: "timestamp", utc: false }, (i) => BigInt(i - 300) * 1_000_000_007n],
      [list(list({ type: "utf8" })), (i) => [[`a${i}`, null], null, [], [`${"é".repeat(i % 70)}z`]]],
      [
        { type: "struct", fields: [optional("x", { type: "date" }), optional("y", list({ type: "bool" }))] },
        (i) => ({ x: i - 9, y: [true, null] }),
      ],
      [
        {
          type: "map",
          key: { ...optional("key", { type: "utf8" }), nullable: false },
          value: optional("value", { type: "int", bits: 64, signed: true }),
        },
        (i) => [
          [`k${i}`, BigInt(-i)],
          ["l", null],
        ],
      ],
    ];
    const fields = types.map(([type], i) => optional(`c${i}`, type));
    for (const nulls of [0, 3, 1]) {
      const rows = Array.from({ length: 900 }, (_, i) =>
        types.map(([, value], c) => (nulls > 0 && (i + c) % nulls === 0 ? null : value(i))),
      );
      const metadata = metadataOf(fields);
      const report = await reportOn(await parquetFile(fields, rows, { rowGroupRows: 400, pageBytes: 900, metadata }));
      assertPassed(report, [
        "checksums",
        "page-index",
        "readable",
        "null-counts",
        "column-index",
        ...(nulls === 1 ? [] : ["statistics"]),
      ]);
    }
  });

  it("reads hyparquet-writer's files", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => i);
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "a", data: rows.map((i) => (i % 7 === 0 ? null : i)), type: "INT32", nullable: true },
        { name: "b", data: rows.map((i) => `v${i % 9}`), type: "STRING" },
      ],
      rowGroupSize: 1000,
    });
    assertPassed(await reportOn(new Uint8Array(bytes)), ["pages", "readable", "row-count"]);
  });

  it("passes an empty table: schema and no row groups", async () => {
    assertPassed(await reportOn(await copy("SELECT 1 AS a WHERE false", "empty.parquet")), ["footer", "readable", "row-count"]);
    assertPassed(
      await reportOn(
        await parquetFile([optional("a", { type: "utf8" })], [], {
          metadata: metadataOf([optional("a", { type: "utf8" })]),
        }),
      ),
      ["footer", "readable", "row-count"],
    );
  });

  it("is not taken in by bounds from which DuckDB itself would answer", async () => {
    const path = await copy("SELECT CASE WHEN range % 2 = 0 THEN NULL ELSE range END AS i FROM range(3000)", "lie.parquet");
    const lie = editFooter(await readFile(path), (footer: RawThrift) => {
      const { field_12: statistics } = footer.field_4[0].field_1[0].field_3;
      statistics.field_3 = 0n;
      statistics.field_5 = new Uint8Array(BigInt64Array.of(7n).buffer);
    });
    assert.deepEqual(checksOf(await reportOn(lie), "fail"), ["null-counts", "statistics"]);
  });

  it("reads columns whose names differ in case only, or are DuckDB's own", async () => {
    const fields = ["a", "A", "file_row_number", "q\"uo'te", " ", "filename"].map((name) => optional(name, { type: "utf8" }));
    const rows = Array.from({ length: 2500 }, (_, i) => fields.map((_, c) => (i % 2 === 0 ? null : `${c} ${i}`)));
    const report = await reportOn(await parquetFile(fields, rows, { rowGroupRows: 1000, metadata: metadataOf(fields) }));
    assertPassed(report, ["readable", "row-count"]);
    assert.match(report.checks.find((check) => check.check === "statistics")!.message!, /called file_row_number/);
    const without = await reportOn(
      await parquetFile(
        fields.slice(0, 2),
        rows.map((row) => row.slice(0, 2)),
        { rowGroupRows: 1000, metadata: metadataOf(fields.slice(0, 2)) },
      ),
    );
    assertPassed(without, ["statistics", "null-counts", "column-index"]);
  });

  it("recomputes keys that the caller names, and counts keys that occur twice", async () => {
    const key = "sha256(geoid || ll_uuid)";
    const select = `SELECT ${key} AS _source_hashkey, * FROM (SELECT '01001' AS geoid, (range % 990)::VARCHAR AS ll_uuid FROM range(1000))`;
    const path = await copy(select, "keys.parquet");
    const hashkeys = { source: ["geoid", "ll_uuid"], separator: "" };
    const report = await reportOn(path, { hashkeys });
    assertPassed(report, ["hash-keys"]);
    assert.match(
      report.checks.find((check) => check.check === "unique-keys")!.message!,
      /^10 values of _source_hashkey occur more than once, in 20 rows, such as [0-9a-f]{64}$/,
    );
    assert.deepEqual(checksOf(report, "warn"), ["landed", "unique-keys"]);
    assert.deepEqual(checksOf(await reportOn(path, { hashkeys, unique: true }), "fail"), ["unique-keys"]);
    assert.deepEqual(checksOf(await reportOn(path, { hashkeys: { ...hashkeys, separator: "|" } }), "fail"), ["hash-keys"]);
    assert.deepEqual(checksOf(await reportOn(path, { hashkeys: { ...hashkeys, source: ["geoid"] } }), "fail"), ["hash-keys"]);
  });

  it("takes another writer's wider bounding box and missing crs for remarks", async () => {
    const geo = {
      version: "1.0.0",
      primary_column: "g",
      columns: { g: { encoding: "WKB", geometry_types: [], bbox: [-180, -90, 180, 90] } },
    };
    const path = await copy(
      "SELECT from_hex('0101000000000000000000f03f0000000000000040') AS g",
      "geo.parquet",
      `, KV_METADATA {geo: '${JSON.stringify(geo)}'}`,
    );
    const report = await reportOn(path);
    assert.deepEqual([report.verdict, checksOf(report, "warn")], ["pass", ["landed", "geoparquet"]]);
    assert.match(
      report.checks.find((check) => check.check === "geoparquet")!.message!,
      /no crs.*is wider than the geometries, \[1, 2, 1, 2\]/,
    );
  });

  const messageOf = (report: FileReport, check: string) => report.checks.find((one) => one.check === check)?.message ?? "";

  it("warns of a version of GeoParquet that it doesn't know, and judges no more of its metadata", async () => {
    for (const version of ["2.0.0-dev", "0.4.0"]) {
      const geo = JSON.stringify({ version, primary_column: "g", columns: { g: { encoding: "new" } } });
      const report = await reportOn(await copy("SELECT 'x' AS g", "version.parquet", `, KV_METADATA {geo: '${geo}'}`));
      assert.equal(report.verdict, "pass");
      assert.equal(messageOf(report, "geoparquet"), `GeoParquet ${version} isn't known here, so its metadata isn't judged`);
    }
  });

  it("says that a described geometry column holds text", async () => {
    const geo = JSON.stringify({
      version: "1.1.0",
      primary_column: "g",
      columns: { g: { encoding: "WKB", geometry_types: [], crs: null } },
    });
    const report = await reportOn(await copy("SELECT 'x' AS g", "text.parquet", `, KV_METADATA {geo: '${geo}'}`));
    assert.equal(messageOf(report, "geoparquet"), 'column "g": is BYTE_ARRAY STRING, which holds no WKB');
  });

  it("warns of a file that is encrypted, whole or in its columns", async () => {
    const whole = await reportOn(Buffer.from("PARE encrypted bytes PARE"));
    assert.deepEqual([whole.verdict, checksOf(whole, "warn"), whole.rows], ["pass", ["landed", "footer"], null]);
    assert.equal(
      messageOf(whole, "footer"),
      "the file is encrypted, its footer too: nothing of it can be judged without its keys",
    );
    const plain = await readFile(await copy("SELECT 1 AS a", "plain.parquet"));
    const columns = await reportOn(
      editFooter(plain, (footer: RawThrift) => (footer.field_4[0].field_1[0].field_8 = { field_1: {} })),
    );
    assert.equal(messageOf(columns, "footer"), "columns of the file are encrypted: it can't be judged without their keys");
    assert.equal(columns.verdict, "pass");
  });

  it("warns of what DuckDB can't read of others' files, and goes on failing ours", async () => {
    const LZO = 3;
    const asLzo = (footer: RawThrift) => (footer.field_4[0].field_1[0].field_3.field_4 = LZO);
    const report = await reportOn(editFooter(await readFile(await copy("SELECT 1 AS a", "lzo.parquet")), asLzo));
    assert.deepEqual([report.verdict, checksOf(report, "warn")], ["pass", ["landed", "readable"]], JSON.stringify(report.checks));
    assert.match(messageOf(report, "readable"), /^DuckDB can't read files of this kind, so its content isn't judged: /);
    const fields = [optional("a", { type: "utf8" })];
    const ours = await reportOn(editFooter(await parquetFile(fields, [["x"]], { metadata: metadataOf(fields) }), asLzo));
    assert.deepEqual(checksOf(ours, "fail"), ["readable"]);
  });

  it("takes null counts inside lists, which writers count in their own ways, for remarks", async () => {
    const path = await copy("SELECT CASE WHEN range % 2 = 0 THEN [range, NULL] END AS l FROM range(100)", "lists.parquet");
    const other = editFooter(
      await readFile(path),
      (footer: RawThrift) => footer.field_4[0].field_1[0].field_3.field_12.field_3--,
    );
    const report = await reportOn(other);
    assert.deepEqual(
      [report.verdict, checksOf(report, "warn")],
      ["pass", ["landed", "null-counts"]],
      JSON.stringify(report.checks),
    );
  });

  it("says in plain words that a footer holds no structures of Parquet's", async () => {
    const plain = await readFile(await copy("SELECT 1 AS a", "plain.parquet"));
    const report = await reportOn(editFooter(plain, (footer: RawThrift) => (footer.field_2[1] = {})));
    assert.match(messageOf(report, "footer"), /^the footer doesn't parse: what it holds are no structures of Parquet's$/);
  });
});
