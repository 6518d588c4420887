import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { extract, failureOf, landed, objectConfig } from "../support/extract.ts";
import { workplace } from "../support/workplace.ts";

/** EWKB of POINT(1 2) with an SRID, as hex. */
const point = (srid: string): string => `0101000020${srid}000000000000f03f0000000000000040`;

const QUERY = `SELECT i AS id, CASE WHEN i % 3 = 0 THEN 'infinity'::date ELSE date '2000-01-01' + i END AS day,
  ARRAY['infinity'::timestamp, 'epoch'::timestamp, NULL] AS times, ROW(i, 'NaN'::numeric(4,1))::pair AS pair,
  CASE WHEN i = 5 THEN '[2:2]={7}'::int[] ELSE '{7}'::int[] END AS numbers,
  decode(CASE WHEN i % 2 = 0 THEN '${point("e6100000")}' ELSE '${point("110f0000")}' END, 'hex') AS place
  FROM generate_series(1, 9) AS i`;

const place = workplace();

describe("what the policy null makes null", () => {
  for (const threads of [0, 2]) {
    it(`is counted in the manifest and told as a warning, column by column (${threads} threads)`, async () => {
      if (threads === 0) await place.database.query("CREATE TYPE pair AS (a int, b numeric(4,1))");
      // More than a slab, so that the threads are there.
      const query = `${QUERY} UNION ALL SELECT i, NULL, NULL, NULL, NULL, NULL FROM generate_series(10, 60000) AS i`;
      const config = objectConfig({
        source: { query },
        unrepresentable: "null",
        columns: { place: { as: "geometry" }, times: { dimensions: 1 } },
      });
      const warnings: { message: string; context?: object | undefined }[] = [];
      const manifest = landed(
        await extract(config, place.database.dsn, `${place.folder.url}/${threads}`, {
          overrides: { threads },
          events: { warning: (event) => warnings.push(event) },
        }),
      );
      const nulled = Object.fromEntries(manifest.stats.map((column) => [column.name, [column.nulls, column.nulled]]));
      const added = 60_000 - 9;
      assert.deepEqual(nulled, {
        id: [0, undefined],
        day: [added + 3, 3],
        times: [added, 9],
        pair: [added, 9],
        numbers: [added + 1, 1],
        place: [added + 4, 4],
      });
      const told = warnings.filter(({ message }) => message.includes("became null"));
      assert.deepEqual(
        told.map(({ context }) => context).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
        [
          { column: "day", nulled: 3 },
          { column: "numbers", nulled: 1 },
          { column: "pair", nulled: 9 },
          { column: "place", nulled: 4 },
          { column: "times", nulled: 9 },
        ],
      );
      const messageOf = (column: string): string => told.find(({ message }) => message.includes(`"${column}"`))?.message ?? "";
      assert.equal(
        messageOf("place"),
        '4 values of column "place" became null, since unrepresentable is null; the first: SRID 4326 in a column whose first value has SRID 3857',
      );
      assert.match(messageOf("numbers"), /^a value of column "numbers" became null, .*; the first: an array with lower bound 2/);
    });
  }

  it("is not there where all values land", async () => {
    const config = objectConfig({ source: { query: "SELECT 1 AS id, NULL::date AS day" }, unrepresentable: "null" });
    const manifest = landed(await extract(config, place.database.dsn, `${place.folder.url}/none`));
    assert.deepEqual(
      manifest.stats.map((column) => "nulled" in column),
      [false, false],
    );
  });
});

describe("a value that can't land", () => {
  const hints: (readonly [string, object, string, string])[] = [
    [
      "'infinity'::date",
      {},
      'column "x", row 1: infinity is not a day',
      "Set columns.x.unrepresentable to null or text in the config, or give the column another type with columns.x.as.",
    ],
    [
      "'b'::text",
      { as: "uuid" },
      'column "x", row 1: "b" is not a uuid',
      "Set columns.x.unrepresentable to null in the config, or leave columns.x.as out.",
    ],
    [
      "0.10000000000000001::numeric",
      { as: "float64" },
      'column "x", row 1: 0.10000000000000001 has no exact float64',
      "With columns.x.round: true the nearest float64 lands; or set columns.x.unrepresentable to null in the config.",
    ],
    [
      "ARRAY[ARRAY[1]]",
      {},
      'column "x", row 1: an array of 2 dimensions, declared with 1',
      "If all arrays of the column have that many, say so with columns.x.dimensions; else set columns.x.unrepresentable to null or text in the config, or columns.x.as to json.",
    ],
    [
      "'[2:2]={7}'::int[]",
      {},
      'column "x", row 1: an array with lower bound 2, where a list begins at 1',
      "Set columns.x.unrepresentable to null or text in the config, or give the column another type with columns.x.as.",
    ],
  ];
  for (const [sql, x, message, hint] of hints) {
    it(`says what to change: ${sql}`, async () => {
      const config = objectConfig({ source: { query: `SELECT ${sql} AS x` }, columns: { x } });
      const error = await failureOf(extract(config, place.database.dsn, place.folder.url));
      assert.deepEqual([error.message, error.hint], [message, hint]);
    });
  }
});

describe("hex digits declared as geometry", () => {
  it("land with and without the mark of bytea's own text", async () => {
    const query = `SELECT '${point("e6100000")}' AS x UNION ALL SELECT '\\x${point("e6100000")}' UNION ALL SELECT '\\x'`;
    const config = objectConfig({ source: { query }, columns: { x: { as: "geometry", unrepresentable: "null" } } });
    const manifest = landed(await extract(config, place.database.dsn, `${place.folder.url}/hex`));
    assert.deepEqual([manifest.rows, manifest.stats[0]?.nulls, manifest.stats[0]?.nulled], [3, 1, 1]);
  });
});
