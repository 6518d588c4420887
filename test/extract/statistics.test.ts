import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { PlannedColumn } from "../../src/extract/contract.ts";
import type { Profile } from "../../src/pgtypes/contract.ts";
import { everyType } from "../support/every-type.ts";
import { type Folder, objectConfig, publishedFile, temporaryFolder } from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let folder: Folder;
const everything = everyType({ postgis: false });
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  for (const sql of [...everything.prepare, everything.createTable("everything"), everything.insertEdges("everything")]) {
    await database.query(sql);
  }
});
after(async () => {
  await database.drop();
  await folder.remove();
});

let files = 0;
async function statisticsOf(query: string, overrides: { profile?: Profile; rowGroupBytes?: number } = {}, more = {}) {
  const config = objectConfig({ source: { query }, ...more });
  const { prepared } = await publishedFile(config, database.dsn, `${folder.url}/${++files}`, { overrides });
  const { facts } = prepared.files[0]!;
  return { facts, columns: prepared.draft.columns, statistics: facts.columns };
}

const year = (value: string): string => `(extract(year FROM ${value})::int + (extract(year FROM ${value}) < 0)::int)`;
/** ISO 8601 of a date or timestamp, years beyond four digits with a sign and six. */
const isoDay = (value: string): string => `CASE WHEN ${year(value)} BETWEEN 0 AND 9999 THEN lpad(${year(value)}::text, 4, '0')
  ELSE CASE WHEN ${year(value)} < 0 THEN '-' ELSE '+' END
    || lpad(abs(${year(value)})::text, greatest(6, length(abs(${year(value)})::text)), '0') END || to_char(${value}, '-MM-DD')`;
const isoTime = (value: string): string => `to_char(${value}, 'HH24:MI:SS.US')`;

/** Smallest and largest value of a column as PostgreSQL has them, in the form of a type of ours; null for a type that has none. */
function extremes(name: string, type: string): { readonly of: string; readonly shown: (value: string) => string } | null {
  if (type === "bool") return { of: `${name}::int`, shown: (value) => `${value}::bool::text` };
  if (/^(u?int\d|decimal)/.test(type)) return { of: `${name}::text::numeric`, shown: (value) => `${value}::text` };
  if (/^float/.test(type)) return { of: `nullif(${name}, 'NaN')`, shown: (value) => `${value}::text` };
  if (type === "utf8" || type === "json") return { of: `format('%s', ${name}) COLLATE "C"`, shown: (value) => value };
  if (type === "uuid") return { of: `${name}::text COLLATE "C"`, shown: (value) => value };
  if (type === "date") return { of: name, shown: isoDay };
  if (type === "time(us)") return { of: name, shown: isoTime };
  const iso = (value: string): string => `${isoDay(value)} || 'T' || ${isoTime(value)}`;
  if (type === "timestamp(us)") return { of: name, shown: iso };
  if (type === "timestamp(us,UTC)") {
    return { of: `(${name} AT TIME ZONE 'UTC')`, shown: (value) => `${iso(value)} || '+00:00'` };
  }
  return null;
}

async function askServer({ name, type }: PlannedColumn): Promise<{ nulls: number; min: string | null; max: string | null }> {
  const asked = extremes(name, type);
  const values = asked === null ? "NULL::text" : `CASE WHEN ${name} IS DISTINCT FROM NULL THEN ${asked.of} END`;
  const shown = asked?.shown ?? ((value: string) => value);
  const [row] = await database.query(
    `SELECT nulls, ${shown("min")} AS min, ${shown("max")} AS max
     FROM (SELECT (count(*) - count(${name}))::int AS nulls, min(v) AS min, max(v) AS max
           FROM (SELECT ${name}, ${values} AS v FROM everything) AS column_values) AS found`,
  );
  return row as { nulls: number; min: string | null; max: string | null };
}

describe("the statistics of a file", () => {
  for (const profile of ["lake", "native"] as const) {
    it(`are those that PostgreSQL computes, for a column of every type in the ${profile} profile`, async () => {
      const { columns, statistics } = await statisticsOf("TABLE everything", { profile });
      const types = new Set<string>();
      let bounded = 0;
      for (const [i, column] of columns.entries()) {
        const found = statistics[i]!;
        const known = await askServer(column);
        const what = `${column.name} ${column.type}`;
        assert.deepEqual([found.name, found.nulls], [column.name, known.nulls], what);
        types.add(column.type.replace(/[<(].*/, ""));
        if (known.min === null || known.max === null) {
          assert.deepEqual([found.min, found.max], [null, null], what);
          continue;
        }
        bounded++;
        if (column.type.startsWith("float")) {
          const round = column.type === "float32" ? Math.fround : Number;
          assert.deepEqual(
            [round(Number(found.min)), round(Number(found.max))],
            [Number(known.min), Number(known.max)].map(round),
          );
        } else if (found.min_exact === false || found.max_exact === false) {
          assert.ok(Buffer.compare(Buffer.from(found.min!), Buffer.from(known.min)) <= 0, what);
          assert.ok(Buffer.compare(Buffer.from(found.max!), Buffer.from(known.max)) >= 0, what);
        } else {
          assert.deepEqual([found.min, found.max], [known.min, known.max], what);
        }
      }
      assert.ok(bounded > 60, `${bounded} columns with bounds`);
      for (const type of [
        "bool",
        "int16",
        "int64",
        "float32",
        "float64",
        "decimal",
        "utf8",
        "json",
        "date",
        "timestamp",
        "list",
      ]) {
        assert.ok(types.has(type), `no column is of type ${type}`);
      }
    });
  }

  it("are of the whole file, however many row groups it has", async () => {
    const query = `SELECT 5000 - i AS n, nullif(i % 3, 0) AS few, repeat(chr(97 + i / 2500), 70) || i AS long,
      CASE WHEN i < 9000 THEN NULL ELSE i::float8 END AS late, repeat('x', 900) AS same FROM generate_series(1, 10000) i`;
    const { facts, statistics } = await statisticsOf(query, { rowGroupBytes: 1 << 20 });
    assert.ok(facts.rowGroups >= 4, `${facts.rowGroups} row groups`);
    assert.deepEqual(statistics, [
      { name: "n", nulls: 0, min: "-5000", max: "4999" },
      { name: "few", nulls: 3333, min: "1", max: "2" },
      { name: "long", nulls: 0, min: "a".repeat(64), max: `${"e".repeat(63)}f`, min_exact: false, max_exact: false },
      { name: "late", nulls: 8999, min: "9000", max: "10000" },
      { name: "same", nulls: 0, min: "x".repeat(64), max: `${"x".repeat(63)}y`, min_exact: false, max_exact: false },
    ]);
  });

  it("are null where nothing is known: no rows, nothing but nulls or NaN, bytes, and a text that can't be raised", async () => {
    const none = { min: null, max: null };
    const empty = await statisticsOf("SELECT 1 AS a, 'b' AS b WHERE false");
    assert.deepEqual(empty.statistics, [
      { name: "a", nulls: 0, ...none },
      { name: "b", nulls: 0, ...none },
    ]);
    const { statistics } = await statisticsOf(
      "SELECT NULL::int AS a, 'NaN'::float8 AS b, '\\x01'::bytea AS c, repeat('\u{10ffff}', 100) AS d, ARRAY[1] AS e",
    );
    assert.deepEqual(statistics, [
      { name: "a", nulls: 1, ...none },
      { name: "b", nulls: 0, ...none },
      { name: "c", nulls: 0, ...none },
      { name: "d", nulls: 0, min: "\u{10ffff}".repeat(16), max: null, min_exact: false },
      { name: "e", nulls: 0, ...none },
    ]);
  });

  it("have the hash keys too", async () => {
    const { statistics } = await statisticsOf("SELECT 1 AS id", {}, { hashkeys: { source: ["id"] } });
    const key = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
    assert.deepEqual(statistics[1], { name: "_source_hashkey", nulls: 0, min: key, max: key });
  });
});
