import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { DuckDBConnection } from "@duckdb/node-api";
import pg from "pg";
import type { BenchTable } from "../../../bench/tables.ts";
import { openDuckdb, verifyFile } from "../../../bench/verify/actual.ts";
import { type ColumnSums, expectedSums } from "../../../bench/verify/expected.ts";
import { type TestDatabase, testDatabase } from "../../support/postgres.ts";

/** Column, type at the source, its value in row i of the source and of the file. */
const COLUMNS: readonly (readonly [string, string, string, string])[] = [
  ["id", "int4", "i", "i::INT"],
  ["amount", "numeric", "nullif(i, 5) / 7.0", "round(nullif(i, 5) / 7.0::DECIMAL(20, 10), 10)"],
  ["flag", "bool", "i % 3 = 0", "i % 3 = 0"],
  ["area", "float8", "i::float8 / 3 - 5", "i::DOUBLE / 3 - 5"],
  ["day", "date", "date '1969-12-30' + i", "DATE '1969-12-30' + i::INT"],
  [
    "at",
    "timestamptz",
    "timestamptz '2024-02-29 23:59:59.999999+00' + i * interval '1 day'",
    "TIMESTAMPTZ '2024-02-29 23:59:59.999999+00' + i * INTERVAL 1 DAY",
  ],
  ["name", "text", "case when i % 4 > 0 then 'Peñitas ' || i end", "CASE WHEN i % 4 > 0 THEN 'Peñitas ' || i END"],
  ["code", "bpchar", "('c' || i)::char(5)", "rpad('c' || i, 5, ' ')"],
  ["body", "bytea", "convert_to('b' || i, 'UTF8')", "('b' || i)::BLOB"],
  ["tags", "_text", "array['t' || i, null, '']", "['t' || i, NULL, '']"],
];

describe("comparing a file with its source", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-verify-"));
  const table: BenchTable = {
    ...{ name: "lineitem", rows: 50, ours: true, keys: { source: [], record: [] } },
    columns: COLUMNS.map(([name, type]) => ({ name, type, holdsGeometry: false })),
  };
  let database: TestDatabase;
  let duckdb: DuckDBConnection;
  let expected: ColumnSums[];

  before(async () => {
    database = await testDatabase();
    const list = COLUMNS.map(([name, , sql]) => (name === "amount" ? `round(${sql}, 10) AS amount` : `${sql} AS ${name}`));
    await database.query(`CREATE TABLE lineitem AS SELECT ${list.join(", ")} FROM generate_series(1, 50) i`);
    const client = new pg.Client({ connectionString: database.dsn });
    await client.connect();
    expected = await expectedSums(client, table);
    await client.end();
    duckdb = await openDuckdb();
  });
  after(async () => {
    duckdb.closeSync();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  /** A file whose columns are as at the source, but for those given. */
  async function differences(changed: Readonly<Record<string, string>>): Promise<string[]> {
    const file = join(folder, "file.parquet");
    const list = COLUMNS.map(([name, , , sql]) => `${changed[name] ?? sql} AS "${name}"`);
    await duckdb.run(`COPY (SELECT ${list.join(", ")} FROM range(1, 51) r(i)) TO '${file}' (FORMAT parquet)`);
    const verdict = await verifyFile(duckdb, file, expected);
    assert.equal(verdict.rows, 50);
    return verdict.differences.map(({ column }) => column);
  }

  it("finds nothing where all is the same", async () => {
    assert.deepEqual(await differences({}), []);
  });

  for (const [what, column, sql] of [
    ["a number that went through a double", "amount", "(nullif(i, 5) / 7.0)::FLOAT::DECIMAL(20, 10)"],
    ["a float that lost its last bits", "area", "(i::DOUBLE / 3 - 5)::FLOAT::DOUBLE"],
    [
      "timestamps cut to milliseconds",
      "at",
      "date_trunc('millisecond', TIMESTAMPTZ '2024-02-29 23:59:59.999999+00' + i * INTERVAL 1 DAY)",
    ],
    ["stripped blanks", "code", "'c' || i"],
    ["null instead of empty", "name", "CASE WHEN i % 4 > 0 THEN 'Peñitas ' || i ELSE '' END"],
    ["one byte of one value", "body", "CASE WHEN i = 17 THEN 'b1x'::BLOB ELSE ('b' || i)::BLOB END"],
    ["a null inside a list", "tags", "['t' || i, '', '']"],
    ["values in other rows", "day", "DATE '1969-12-30' + (i % 50 + 1)::INT"],
  ] as const) {
    it(`finds ${what}`, async () => {
      assert.deepEqual(await differences({ [column]: sql }), [column]);
    });
  }
});
