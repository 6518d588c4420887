import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseSnapshotDate } from "../../src/model/ids.ts";
import { ObjectConfigSchema } from "../../src/patterns/index.ts";
import { runExtract } from "../../src/run/extract.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { type Sandbox, sandbox } from "./landed-file.ts";

const QUIET = {
  planned: () => {},
  planning: () => {},
  shardStarted: () => {},
  progress: () => {},
  sourceAway: () => {},
  sourceBack: () => {},
  restarted: () => {},
  replacing: () => {},
  shardSkipped: () => {},
  shardLanded: () => {},
  shardFailed: () => {},
  warning: () => {},
};

async function extract(database: TestDatabase, sinkUrl: string, query: string, more = {}): Promise<void> {
  const config = ObjectConfigSchema.parse({
    object: "parcel",
    extract_pattern: "single_table",
    source_system: "linode",
    dataset: "parcel",
    source: { query },
    hashkeys: { source: ["geoid", "ll_uuid"], record: ["geoid", "ll_uuid", "wkb_geometry"] },
    parquet: { row_group_bytes: 1 << 20, page_bytes: 1 << 16 },
    sink: { url: sinkUrl, key: "{source_system}/dataset={dataset}/snapshot_dt={extract_date}/parcel_{extract_date}.parquet" },
    ...more,
  });
  const result = await runExtract(
    {
      config,
      selection: {},
      snapshotDt: parseSnapshotDate("2026-11-30"),
      run: null,
      sinkUrl,
      dsn: database.dsn,
      env: {},
      overrides: { threads: 0 },
      replace: false,
      dryRun: false,
      signal: new AbortController().signal,
    },
    QUIET,
  );
  const [shard] = result.shards;
  if (shard?.outcome === "failed") throw shard.error;
}

describe("what an extract lands", () => {
  let box: Sandbox;
  before(async () => {
    box = await sandbox();
  });
  after(() => box.remove());

  async function assertProven(): Promise<void> {
    const report = await box.validate([], { sink: box.url, object: "parcel" });
    assert.equal(report.files.length, 1);
    assert.deepEqual(
      report.files[0]!.checks.filter((check) => check.status !== "pass"),
      [],
    );
  }

  it("passes every check, in both profiles", async () => {
    const database = await testDatabase();
    const columns = `'48453' AS geoid, md5(i::text)::uuid AS ll_uuid, decode('0101000000' || repeat('00', 15) || lpad(to_hex(i % 250), 2, '0'), 'hex') AS wkb_geometry,
      nullif('owner ' || i % 77, 'owner 7') AS owner, (i * 1.25)::numeric(12,2) AS taxamt, i::numeric AS parval, i % 3 = 0 AS struct, (i / 7.0)::float8 AS acres,
      i::smallint AS s, (i * 1e12)::bigint AS b, date '1970-01-01' + i AS d, timestamptz '2020-01-01' + i * interval '1 hour' AS t, time '00:00' + i * interval '1 second' AS tm,
      ARRAY[i, NULL, -i] AS a, CASE WHEN i % 2 = 0 THEN jsonb_build_object('i', i) END AS j, repeat('é', i % 90) AS long`;
    for (const profile of ["lake", "native"]) {
      await extract(database, box.url, `SELECT ${columns} FROM generate_series(1, 20000) i`, {
        profile,
        columns: { wkb_geometry: { as: "geometry", srid: 4326 }, a: { dimensions: 1 } },
      });
      await assertProven();
    }
    await database.drop();
  });

  it("passes every check where the config lands geometries as text", async (test) => {
    const database = await postgisDatabase();
    if (database === null) return test.skip("PostGIS is not installed");
    const query = `SELECT '48453' AS geoid, md5(i::text)::uuid AS ll_uuid, ST_SetSRID(ST_MakePoint(i, i, i), 4326) AS wkb_geometry,
      ST_SetSRID(ST_MakePoint(i, 0), 4326 + i) AS several, ST_MakePoint(0, 1)::geography AS place FROM generate_series(1, 5) i`;
    const text = { as: "text" };
    await extract(database, box.url, query, {
      columns: { wkb_geometry: text, several: { unrepresentable: "text" }, place: text },
    });
    await database.drop();
    const report = await box.validate([], { sink: box.url, object: "parcel" });
    assert.deepEqual(
      report.files[0]!.checks.filter((check) => check.status !== "pass"),
      [{ check: "geoparquet", status: "skip", message: "no geo metadata" }],
    );
  });

  it("passes every check with PostGIS geometries", async (test) => {
    const database = await postgisDatabase();
    if (database === null) return test.skip("PostGIS is not installed");
    await extract(
      database,
      box.url,
      `SELECT '48453' AS geoid, md5(i::text)::uuid AS ll_uuid,
        CASE WHEN i % 9 > 0 THEN ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(-98 + i / 1000.0, 30 - i / 999.0), 4326), 0.001))::geometry(MultiPolygon, 4326) END AS wkb_geometry
        FROM generate_series(1, 5000) i`,
    );
    await assertProven();
    await database.drop();
  });
});
