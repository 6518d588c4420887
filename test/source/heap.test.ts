import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Source } from "../../src/source/contract.ts";
import { checkVersion } from "../../src/source/heap.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { open } from "./helpers.ts";

/** What can't be read by ranges, and what the message says of it. */
const REFUSED: readonly (readonly [query: string, says: RegExp])[] = [
  ["SELECT * FROM a_view", /public\.a_view is a view/],
  ["SELECT * FROM parted", /public\.parted is a partitioned table/],
  ["SELECT * FROM elsewhere", /public\.elsewhere is a foreign table/],
  ["SELECT * FROM parent", /public\.parent by more than one scan \(Append\)/],
  ["SELECT * FROM plain WHERE i > 5", /the query has WHERE/],
  ["SELECT * FROM plain ORDER BY i", /the query has ORDER/],
  ["SELECT * FROM plain LIMIT 5", /the query has LIMIT/],
  ["SELECT i FROM plain UNION ALL SELECT i FROM plain", /the query has UNION/],
  ["SELECT p.i FROM plain p JOIN plain q USING (i)", /the query has JOIN/],
  ["SELECT i FROM plain TABLESAMPLE SYSTEM (50)", /the query has TABLESAMPLE/],
  ["WITH q AS (SELECT * FROM plain) SELECT * FROM q", /the query has WITH/],
  ["TABLE plain", /the query has TABLE/],
  ["SELECT p.i FROM plain p, plain q", /more than one|not all that the query reads/],
  ["SELECT p.i FROM plain p, generate_series(1, 2)", /more than one scan/],
  ["SELECT DISTINCT i FROM plain", /more than one scan/],
  ["SELECT i FROM (SELECT i FROM plain) AS q", /not all that the query reads/],
  ["SELECT i, now() AS at FROM plain", /more than columns of one table/],
  ["SELECT count(*) AS n FROM plain", /more than columns of one table/],
  ["SELECT i, row_number() OVER () AS n FROM plain", /more than columns of one table/],
  ["SELECT 1 AS one", /more than columns of one table/],
];

const READ = [
  "SELECT * FROM plain",
  'SELECT t, i AS "where" FROM ONLY public.plain AS p; -- all',
  "SELECT i FROM kept",
  "SELECT * FROM child",
];

describe("a query to be read by ranges of its table's heap", () => {
  let database: TestDatabase;
  let source: Source;
  before(async () => {
    database = await testDatabase();
    await database.query(`
      CREATE TABLE plain AS SELECT i, i::text AS t FROM generate_series(1, 5000) i;
      CREATE MATERIALIZED VIEW kept AS TABLE plain;
      CREATE VIEW a_view AS TABLE plain;
      CREATE TABLE parted (i int) PARTITION BY RANGE (i);
      CREATE TABLE part PARTITION OF parted DEFAULT;
      CREATE TABLE parent (i int);
      CREATE TABLE child () INHERITS (parent);
      CREATE FOREIGN DATA WRAPPER nowhere;
      CREATE SERVER nobody FOREIGN DATA WRAPPER nowhere;
      CREATE FOREIGN TABLE elsewhere (i int) SERVER nobody`);
    source = await open(database.dsn);
    await source.beginSnapshot();
  });
  after(async () => {
    await source.close();
    await database.drop();
  });

  for (const [query, says] of REFUSED) {
    it(`is refused: ${query}`, async () => {
      await assert.rejects(
        source.heapTable(query),
        failsWith("CONFIG_INVALID", (error) => {
          assert.match(error.message, says);
          assert.equal(error.exitCode, 2);
          assert.match(error.hint ?? "", /read\.parallelism/);
        }),
      );
    });
  }

  for (const query of READ) {
    it(`is known: ${query}`, async () => {
      const { blocks, bytes } = await source.heapTable(query);
      assert.ok(bytes >= blocks * 8192);
      assert.equal(blocks > 10, !query.includes("child"));
    });
  }

  it("is refused before PostgreSQL 14, which would read the whole table for each range", () => {
    assert.throws(() => checkVersion({ serverVersion: "13.21", serverVersionNum: 130_021 }), failsWith("CONFIG_INVALID"));
    assert.doesNotThrow(() => checkVersion({ serverVersion: "14.0", serverVersionNum: 140_000 }));
  });

  it("leaves the session as it was", async () => {
    await source.heapTable("SELECT * FROM plain");
    const settings = await source.lookup("SELECT current_setting('enable_seqscan') AS scan");
    assert.deepEqual(settings, [{ scan: "on" }]);
  });
});
