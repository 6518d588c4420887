import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parquetMetadata, parquetSchema } from "hyparquet";
import { duckdbColumns } from "../support/duckdb-values.ts";
import { extract, failureOf, landed, objectConfig, readLanded } from "../support/extract.ts";
import { workplace } from "../support/workplace.ts";

const place = workplace();

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe("columns with odd names land under them, with their values:", () => {
  const NAMES = [
    'a"quote',
    "an 'apostrophe'",
    "two\nlines",
    "tab\tand\rreturn",
    "back\\slash",
    "dotted.name",
    "comma, semicolon; --comment",
    "Größe µ 漢字 🏠",
    "e\u0301 is not é",
    "UPPER",
    "upper",
    "select",
    " leading and trailing ",
    "$1 {geoid} $HOME %s",
    "x".repeat(63),
    "__proto__",
    "constructor",
  ];
  const row = NAMES.map((_, i) => `'value ${i}'`).join(", ");

  it("in a table of any name, whether COPY or a cursor reads it", async () => {
    const table = `public.${quoted('täble "\n; --')}`;
    await place.database.query(`CREATE TABLE ${table} (${NAMES.map((name) => `${quoted(name)} text`).join(", ")})`);
    await place.database.query(`INSERT INTO ${table} VALUES (${row})`);
    for (const transport of ["copy", "cursor"] as const) {
      const config = objectConfig({
        source: { query: `SELECT * FROM ${table}` },
        profile: "native", // lake has no "UPPER" beside "upper"
        hashkeys: { source: NAMES.slice(0, 3), separator: "|" },
        // Rewritten queries name each column.
        columns: Object.fromEntries([["back\\slash", { as: "json" }]]),
      });
      await place.database.query(`UPDATE ${table} SET ${quoted("back\\slash")} = '"json"'`);
      const manifest = landed(
        await extract(config, place.database.dsn, `${place.folder.url}/${transport}`, { overrides: { transport } }),
      );
      assert.deepEqual(
        manifest.columns.map(({ name }) => name),
        [...NAMES, "_source_hashkey"],
      );
      const footer = parquetMetadata(new Uint8Array(await readLanded(manifest)).buffer);
      assert.deepEqual(
        parquetSchema(footer).children.map(({ element }) => element.name),
        [...NAMES, "_source_hashkey"],
      );
      // DuckDB's names don't tell upper and lower case apart: it counts them up.
      const columns = [...(await duckdbColumns(fileURLToPath(manifest.url))).values()];
      assert.deepEqual(
        columns.slice(0, -1).flat(),
        NAMES.map((name, i) => (name === "back\\slash" ? '"json"' : `value ${i}`)),
      );
    }
  });
});

describe("no columns at all", () => {
  it("are refused, with rows and without, since no reader knows such a file", async () => {
    await place.database.query("CREATE TABLE nothing ()");
    const config = objectConfig({ source: { query: "TABLE nothing" } });
    for (const rows of [0, 1]) {
      if (rows === 1) await place.database.query("INSERT INTO nothing DEFAULT VALUES");
      const error = await failureOf(extract(config, place.database.dsn, place.folder.url));
      assert.deepEqual(
        [error.code, error.message],
        ["COLUMN_MISSING", "the source has no columns, and Parquet holds no rows without any"],
      );
    }
  });
});

describe("1,600 columns", () => {
  it("land, in their order, with any number of threads, in the same bytes", async () => {
    const TYPES = ["int2", "text", "numeric(9,2)", "date"] as const;
    const column = (i: number): string => `c${i} ${TYPES[i % TYPES.length]}`;
    await place.database.query(`CREATE TABLE wide (${Array.from({ length: 1600 }, (_, i) => column(i)).join(", ")})`);
    const values = Array.from(
      { length: 1600 },
      (_, i) => ["n", "'t' || n", "n / 4.0", "'2000-01-01'::date + n"][i % TYPES.length],
    );
    // A row of PostgreSQL lies on one page, which these values just fit.
    await place.database.query(`INSERT INTO wide SELECT ${values.join(", ")} FROM generate_series(0, 399) n`);
    const seen = new Set<string>();
    for (const threads of [0, 3]) {
      const config = objectConfig({ source: { query: "TABLE wide" } });
      const manifest = landed(
        await extract(config, place.database.dsn, `${place.folder.url}/wide`, { overrides: { threads, rowGroupBytes: 1 << 20 } }),
      );
      assert.deepEqual([manifest.rows, manifest.columns.length], [400, 1600]);
      seen.add(manifest.sha256);
      if (threads === 0) continue;
      const columns = await duckdbColumns(fileURLToPath(manifest.url));
      assert.deepEqual(
        [...columns.keys()],
        Array.from({ length: 1600 }, (_, i) => `c${i}`),
      );
      const rows = Array.from({ length: 400 }, (_, n) => n);
      assert.deepEqual(columns.get("c1596"), rows);
      assert.deepEqual(
        columns.get("c1597"),
        rows.map((n) => `t${n}`),
      );
      assert.deepEqual(
        columns.get("c1598"),
        rows.map((n) => BigInt(n * 25)),
      );
      assert.deepEqual(
        columns.get("c1599"),
        rows.map((n) => n + 10_957),
      );
    }
    assert.equal(seen.size, 1);
  });
});
