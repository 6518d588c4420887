import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ErrorCode } from "../../src/model/errors.ts";
import { extract, type Folder, failureOf, objectConfig, temporaryFolder } from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { besidesLedger, filesBelow } from "./places.ts";

let database: TestDatabase;
let folder: Folder;
let place: { path: string; url: string };
let places = 0;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query("CREATE TABLE parcel AS SELECT '48113' AS geoid, gen_random_uuid() AS ll_uuid, 'x'::text AS owner");
});
after(async () => {
  await database.drop();
  await folder.remove();
});
beforeEach(() => {
  const name = `sink-${++places}`;
  place = { path: join(folder.path, name), url: `${folder.url}/${name}` };
});

interface Case {
  readonly what: string;
  readonly query?: string;
  readonly config?: Record<string, unknown>;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly hint: RegExp;
}

const QUERIES: readonly Case[] = [
  {
    what: "a table that isn't there",
    query: "SELECT * FROM public.parcels",
    code: "TABLE_MISSING",
    message: /relation "public\.parcels" does not exist/,
    hint: /Check the table's name/,
  },
  {
    what: "a column that isn't there",
    query: "SELECT geoid, owners FROM parcel",
    code: "COLUMN_MISSING",
    message: /column "owners" does not exist/,
    hint: /renamed/,
  },
  {
    what: "a key column that is missing or was renamed",
    config: { hashkeys: { source: ["geoid", "ll_uid"] } },
    code: "COLUMN_MISSING",
    message: /the key column "ll_uid" is not in the source/,
    hint: /Did you mean ll_uuid\?/,
  },
  {
    what: "a key column of the record that is nothing like any column",
    config: { hashkeys: { source: ["geoid"], record: ["geoid", "wkb_geometry"] } },
    code: "COLUMN_MISSING",
    message: /the key column "wkb_geometry" is not in the source/,
    hint: /Its columns are geoid, ll_uuid, owner\./,
  },
  {
    what: "a configured column that isn't there",
    config: { columns: { ownr: { as: "text" } } },
    code: "COLUMN_MISSING",
    message: /speaks of a column "ownr"/,
    hint: /Did you mean owner\?/,
  },
  {
    what: "two columns of one name",
    query: "SELECT a.geoid, b.geoid FROM parcel a, parcel b",
    code: "COLUMN_DUPLICATE",
    message: /"geoid"/,
    hint: /AS/,
  },
  {
    what: "a column named like a hash key",
    query: "SELECT geoid, 1 AS _source_hashkey FROM parcel",
    config: { hashkeys: { source: ["geoid"] } },
    code: "COLUMN_DUPLICATE",
    message: /"_source_hashkey"/,
    hint: /hashkeys|rename/,
  },
  {
    what: "a statement that isn't a SELECT",
    query: "DELETE FROM parcel RETURNING *",
    code: "QUERY_INVALID",
    message: /DELETE/,
    hint: /SELECT/,
  },
  {
    what: "several statements",
    query: "SELECT 1 AS a; DROP TABLE parcel",
    code: "QUERY_INVALID",
    message: /one statement|several|;/,
    hint: /./,
  },
  {
    what: "a SELECT that writes",
    query: "WITH gone AS (DELETE FROM parcel RETURNING *) SELECT * FROM gone",
    code: "QUERY_INVALID",
    message: /./,
    hint: /./,
  },
  {
    what: "a SELECT that calls what writes",
    query: "SELECT nextval('counter') AS n",
    code: "QUERY_INVALID",
    message: /read-only/,
    hint: /SELECT that only reads/,
  },
  {
    what: "SQL that doesn't parse",
    query: "SELECT FORM parcel WHERE",
    code: "QUERY_INVALID",
    message: /syntax error/,
    hint: /SELECT/,
  },
  {
    what: "an empty query",
    query: "-- nothing here",
    code: "QUERY_INVALID",
    message: /./,
    hint: /./,
  },
  {
    what: "SQL that climbs out of its brackets",
    query: "SELECT 1 AS a) TO STDOUT; DROP TABLE parcel; COPY (SELECT 1 AS a",
    code: "QUERY_INVALID",
    message: /./,
    hint: /./,
  },
];

describe("an extract refuses, with one message, exit code 2 and no object,", () => {
  before(() => database.query("CREATE SEQUENCE counter"));

  for (const { what, query = "SELECT * FROM parcel", config = {}, code, message, hint } of QUERIES) {
    it(what, async () => {
      const asked = objectConfig({ source: { query }, ...config });
      for (const options of [{}, { overrides: { transport: "cursor" as const } }]) {
        const error = await failureOf(extract(asked, database.dsn, place.url, options));
        assert.equal(error.code, code, error.message);
        assert.equal(error.exitCode, 2);
        assert.equal(error.retryable, false);
        assert.match(error.message, message);
        assert.match(error.hint ?? "", hint);
        assert.equal(error.context["shard"], "things");
        assert.deepEqual(besidesLedger(await filesBelow(place.path)), []);
      }
      assert.equal((await database.query("SELECT * FROM parcel")).length, 1);
    });
  }

  for (const [what, dsn, code, message] of [
    ["a DSN that is none", () => "postgres//nobody", "DSN_INVALID", /./],
    [
      "a database that isn't there",
      () => changed((url) => (url.pathname = "/nowhere")),
      "DSN_INVALID",
      /"nowhere" does not exist/,
    ],
    [
      "a host that nobody knows",
      () => "postgres://u:hush@no-such-host.invalid/db",
      "SOURCE_UNREACHABLE",
      /no-such-host\.invalid/,
    ],
    ["a user that isn't there", () => changed((url) => (url.username = "mallory")), "SOURCE_AUTH", /mallory/],
  ] as const) {
    it(what, async () => {
      const error = await failureOf(extract(objectConfig({ source: { query: "SELECT 1 AS a" } }), dsn(), place.url));
      assert.deepEqual([error.code, error.exitCode], [code, 2], error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(JSON.stringify([error.message, error.hint, error.context]), /hush/);
      assert.equal(existsSync(place.path), false);
    });
  }

  it("a host that stays down, after all attempts: that is no mistake of set-up, so the exit code is 1", async () => {
    const config = objectConfig({
      source: { query: "SELECT 1 AS a", retry: { attempts: 3, min_delay_ms: 50, max_delay_ms: 100 } },
    });
    const dsn = changed((url) => (url.port = "1"));
    const startedAt = performance.now();
    const error = await failureOf(extract(config, dsn, place.url));
    assert.deepEqual([error.code, error.exitCode, error.retryable], ["SOURCE_DOWN", 1, true], error.message);
    assert.match(error.message, /127\.0\.0\.1:1/);
    assert.ok(performance.now() - startedAt >= 50 + 100);
    assert.equal(existsSync(place.path), false);
  });

  it("no DSN at all", async () => {
    const config = objectConfig({ source: { query: "SELECT 1 AS a", dsn_env: "NO_SUCH_DSN" } });
    const error = await failureOf(extract(config, "", place.url, { dsn: null, env: {} } as object));
    assert.deepEqual([error.code, error.exitCode], ["DSN_MISSING", 2]);
    assert.match(`${error.message} ${error.hint}`, /NO_SUCH_DSN/);
  });

  function changed(change: (url: URL) => void): string {
    const url = new URL(database.dsn);
    change(url);
    return url.href;
  }
});

describe("a failure of one county leaves the others alone", () => {
  const verse = [
    ["48001", "tx_good", "tx_good"],
    ["48002", "tx_good2; DROP TABLE tx_good", "injected"],
    ["48003", 'tx_good" WHERE false; --', "quoted"],
    ["48004", "tx_good2", "../../../etc/cron.d"],
    ["48005", "tx_good2", "a/b"],
    ["48006", "tx_good2", ".."],
    ["48007", "tx_good2", "tab\tbed"],
    ["48008", "pg_catalog.pg_authid", "schema"],
    ["48009", "tx_absent", "absent"],
    ["48010", "tx_renamed", "renamed"],
    ["48011", "", "no_table"],
    ["48012", "TX_GOOD", "other_case"],
    ["48013", "tx_good2", "tx_good2"],
  ] as const;
  const config = objectConfig({
    object: "parcel",
    extract_pattern: "county_sharded",
    source: { shards: "SELECT * FROM verse ORDER BY geoid", table: "public.{table_name}" },
    hashkeys: { source: ["geoid", "ll_uuid"] },
    sink: { key: "filename_stem={filename_stem}/{table_name}_{extract_date}.parquet" },
  });

  it("whether its row of the lookup tries SQL, climbs out of the lake, or names what isn't there", async () => {
    await database.query("CREATE TABLE verse (geoid text, table_name text, filename_stem text)");
    for (const row of verse) await database.query("INSERT INTO verse VALUES ($1, $2, $3)", row);
    await database.query(`CREATE TABLE tx_good AS TABLE parcel; CREATE TABLE tx_good2 AS TABLE parcel;
      CREATE TABLE tx_renamed AS SELECT geoid, ll_uuid AS new_uuid FROM parcel`);
    const result = await extract(config, database.dsn, place.url);
    const outcomes = new Map<string, string>([
      ...result.rejected.map(({ label, error }) => [label, error.code] as const),
      ...result.shards.map((shard) => [shard.shard.id, shard.outcome === "failed" ? shard.error.code : shard.outcome] as const),
    ]);
    assert.deepEqual([...outcomes].toSorted(), [
      ["48001", "landed"],
      ["48002", "TABLE_MISSING"],
      ["48003", "KEY_INVALID"],
      ["48004", "KEY_INVALID"],
      ["48005", "KEY_INVALID"],
      ["48006", "KEY_INVALID"],
      ["48007", "KEY_INVALID"],
      ["48008", "TABLE_MISSING"],
      ["48009", "TABLE_MISSING"],
      ["48010", "COLUMN_MISSING"],
      ["48011", "KEY_INVALID"],
      ["48012", "TABLE_MISSING"],
      ["48013", "landed"],
    ]);
    assert.deepEqual(besidesLedger(await filesBelow(place.path)), [
      "filename_stem=tx_good/tx_good_2026-11-30.parquet",
      "filename_stem=tx_good2/tx_good2_2026-11-30.parquet",
    ]);
    assert.deepEqual(await filesBelow(join(folder.path, "..", "etc")), []);
    assert.equal((await database.query("SELECT * FROM tx_good")).length, 1);
    const renamed = result.shards.find(({ shard }) => shard.id === "48010");
    assert.ok(
      renamed?.outcome === "failed" && /Did you mean new_uuid\?|Its columns are geoid, new_uuid/.test(renamed.error.hint ?? ""),
    );
    assert.equal(renamed.error.context["source"], "public.tx_renamed");
  });
});
