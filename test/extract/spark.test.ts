import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parquetMetadata } from "hyparquet";
import { extract, failureOf, landed, objectConfig, readLanded } from "../support/extract.ts";
import { workplace } from "../support/workplace.ts";

const place = workplace();
let landings = 0;

/** The version of Spark by whose calendar the file says its dates are. */
async function sparkVersion(query: string, more: object = {}): Promise<string | undefined> {
  const config = objectConfig({ source: { query }, ...more });
  const manifest = landed(await extract(config, place.database.dsn, `${place.folder.url}/${++landings}`));
  const { key_value_metadata: pairs = [] } = parquetMetadata(new Uint8Array(await readLanded(manifest)).buffer);
  return pairs.find(({ key }) => key === "org.apache.spark.version")?.value;
}

describe("dates before 1582 and timestamps before 1900", () => {
  for (const sql of [
    "date '0207-01-01'",
    "timestamptz '1899-12-31'",
    "ARRAY[date '0207-01-01']",
    "ROW(1, ARRAY[timestamptz '1899-12-31'])::dated",
  ]) {
    it(`are in the calendar of Spark 3, which Spark learns from one key of the footer: ${sql}`, async () => {
      if (sql.startsWith("ROW")) await place.database.query("CREATE TYPE dated AS (i int, times timestamptz[])");
      assert.equal(await sparkVersion(`SELECT ${sql} AS x`), "3.5.0");
    });
  }

  it("leave the key out where there are none, and in native, which isn't made for Spark", async () => {
    assert.equal(await sparkVersion("SELECT 1 AS i, timestamp '0001-01-01' AS t, 'x' AS s"), undefined);
    assert.equal(await sparkVersion("SELECT current_date AS d", { profile: "native" }), undefined);
  });
});

describe("names that differ in upper and lower case alone", () => {
  const refused = async (query: string, more: object = {}) => {
    const error = await failureOf(extract(objectConfig({ source: { query }, ...more }), place.database.dsn, place.folder.url));
    return [error.code, error.message, error.context["column"]];
  };
  const spark = "differ in upper and lower case alone, and Spark reads no such file";

  it("are refused in lake, also against a hash key", async () => {
    assert.deepEqual(await refused(`SELECT 1 AS "Col", 2 AS other, 3 AS col`), [
      "COLUMN_DUPLICATE",
      `columns "Col" and "col" ${spark}`,
      "col",
    ]);
    assert.deepEqual(await refused(`SELECT 1 AS id, 2 AS "_SOURCE_HASHKEY"`, { hashkeys: { source: ["id"] } }), [
      "COLUMN_DUPLICATE",
      `columns "_SOURCE_HASHKEY" and "_source_hashkey" ${spark}`,
      "_source_hashkey",
    ]);
    assert.equal((await refused(`SELECT 1 AS "É", 2 AS "é"`))[0], "COLUMN_DUPLICATE");
  });

  it("are refused inside a composite, in a column or in an array", async () => {
    await place.database.query('CREATE TYPE twins AS (a int, "A" int); CREATE TYPE outside AS (i int, inside twins)');
    for (const sql of ["ROW(1, 2)::twins", "ARRAY[ROW(1, 2)::twins]", "ROW(1, ROW(1, 2)::twins)::outside"]) {
      assert.deepEqual(await refused(`SELECT ${sql} AS x`), [
        "COLUMN_DUPLICATE",
        `fields "a" and "A" of column "x" ${spark}`,
        "x",
      ]);
    }
  });

  it("land in native", async () => {
    const config = objectConfig({ source: { query: 'SELECT 1 AS a, 2 AS "A"' }, profile: "native" });
    assert.deepEqual(
      landed(await extract(config, place.database.dsn, `${place.folder.url}/native`)).columns.map(({ name }) => name),
      ["a", "A"],
    );
  });
});
