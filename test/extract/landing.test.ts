import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parquetMetadata, parquetSchema } from "hyparquet";
import { LandingSchema } from "../../src/ledger/landing.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { landingKey } from "../../src/ledger/paths.ts";
import { duckdbColumns } from "../support/duckdb-values.ts";
import {
  extract,
  type Folder,
  failureOf,
  type LandedShard,
  landed,
  objectConfig,
  readLanded,
  temporaryFolder,
} from "../support/extract.ts";
import { duckdb } from "../support/parquet-file.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { filesBelow } from "./places.ts";

/** Rows of some 250 bytes: six slabs of 4 MiB. */
const ROWS = 100_000;

const SETUP = `
  CREATE TABLE big AS SELECT i AS id, md5(i::text) AS name, (i % 7)::int2 AS few, nullif(i % 5, 0) AS gaps, i::numeric(12,2) / 3 AS amount,
    repeat(md5((i / 100)::text), 5) AS wide, now()::timestamptz AS seen FROM generate_series(1, ${ROWS}) i;
  CREATE TABLE parcel (geoid text, ll_uuid uuid, lot int8, owner text, geom bytea);
  INSERT INTO parcel SELECT '0' || i, gen_random_uuid(), i * 1000000007::bigint, 'ö' || i,
    '\\x0101000000'::bytea || decode(lpad(to_hex(i), 32, '0'), 'hex') FROM generate_series(1, 2000) i;
  UPDATE parcel SET geom = NULL WHERE lot % 3 = 0;
  CREATE DOMAIN identity AS uuid;
  CREATE TABLE nobody (id int, name varchar(10), at timestamptz, tags text[]);
`;

let database: TestDatabase;
let folder: Folder;
let place: { path: string; url: string };
let places = 0;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query(SETUP);
});
after(async () => {
  await database.drop();
  await folder.remove();
});
beforeEach(() => {
  const name = `sink-${++places}`;
  place = { path: join(folder.path, name), url: `${folder.url}/${name}` };
});

const things = (query: string, more: Record<string, unknown> = {}) => objectConfig({ source: { query }, ...more });
const land = async (config: ReturnType<typeof things>, options = {}): Promise<LandedShard> =>
  landed(await extract(config, database.dsn, place.url, options));
const isData = (file: string): boolean => file.endsWith(".parquet");
const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

describe("what an extract lands", () => {
  it("is one object and one manifest that says what the object is", async () => {
    const began = new Date().toISOString();
    const told = await land(things("SELECT id, few, gaps, amount FROM big WHERE id <= 1000"), {
      overrides: { profile: "native", compression: "snappy" },
    });
    const key = "test/things_2026-11-30.parquet";
    const ledger = "_pg_bronze/object=things";
    const run = `${ledger}/run=${told.run}`;
    const record = landingKey("things", key);
    assert.deepEqual(
      await filesBelow(place.path),
      [record, `${ledger}/ledger.json`, `${run}/landed/things.json`, `${run}/plan.json`, `${run}/summary.json`, key].sort(),
    );
    const landing = LandingSchema.parse(JSON.parse(await readFile(join(place.path, record), "utf8")));
    const manifest = landed({ shards: [{ outcome: "landed", manifest: landing.manifest! }] } as never);
    assert.deepEqual(manifest, told);

    const bytes = await readFile(join(place.path, key));
    const footer = parquetMetadata(new Uint8Array(bytes).buffer);
    assert.deepEqual([manifest.key, manifest.url], [key, `${place.url}/${key}`]);
    assert.deepEqual([manifest.bytes, manifest.sha256], [bytes.length, sha256(bytes)]);
    assert.deepEqual([manifest.rows, manifest.row_groups], [Number(footer.num_rows), footer.row_groups.length]);
    assert.deepEqual([manifest.rows, manifest.row_groups, manifest.attempts], [1000, 1, 1]);
    assert.deepEqual(
      manifest.columns.map(({ name, source }, i) => [name, source, manifest.stats[i]!.nulls]),
      [
        ["id", "integer", 0],
        ["few", "smallint", 0],
        ["gaps", "integer", 200],
        ["amount", "numeric", 0],
      ],
    );
    assert.deepEqual([manifest.profile, manifest.hashkeys, manifest.snapshot_dt], ["native", null, "2026-11-30"]);
    assert.deepEqual([manifest.source.kind, manifest.source.name, manifest.source.transport], ["query", "things", "copy"]);
    assert.match(manifest.source.lsn ?? "", /^[0-9A-F]+\/[0-9A-F]+$/);
    assert.notEqual(manifest.source.snapshot, "");
    assert.ok(manifest.source.wire_bytes > 1000 * (7 + 4 * 4));
    const [{ version } = { version: "" }] = (await database.query("SELECT current_setting('server_version') AS version")) as {
      version: string;
    }[];
    assert.equal(manifest.source.server_version, version);
    assert.ok(began <= manifest.started_at && manifest.started_at <= manifest.finished_at);
  });

  it("is a file with schema and no row groups, and a manifest, where the table is empty", async () => {
    for (const threads of [0, 2]) {
      const manifest = await land(things("TABLE nobody"), { overrides: { threads } });
      assert.deepEqual([manifest.rows, manifest.row_groups], [0, 0]);
      assert.equal(manifest.columns.length, 4);
      const bytes = await readLanded(manifest);
      assert.equal(sha256(bytes), manifest.sha256);
      const footer = parquetMetadata(new Uint8Array(bytes).buffer);
      assert.deepEqual([footer.num_rows, footer.row_groups], [0n, []]);
      assert.deepEqual(
        parquetSchema(footer).children.map(({ element }) => element.name),
        ["id", "name", "at", "tags"],
      );
      assert.deepEqual(await duckdb(bytes, "SELECT count(*) AS n FROM $file"), [{ n: "0" }]);
      const [id, ...others] = await duckdb(bytes, "DESCRIBE SELECT * FROM $file");
      assert.deepEqual([id?.["column_type"], others.map((column) => column["column_name"])], ["INTEGER", ["name", "at", "tags"]]);
    }
    assert.deepEqual((await filesBelow(place.path)).filter(isData).length, 1);
  });

  it("has the same bytes whatever the number of threads, over several row groups", async () => {
    const seen = new Set<string>();
    for (const threads of [0, 1, 2, 3]) {
      const manifest = await land(things("SELECT * FROM big ORDER BY id"), { overrides: { threads, rowGroupBytes: 6 << 20 } });
      assert.ok(manifest.row_groups >= 3, `${manifest.row_groups} row groups`);
      assert.equal(manifest.rows, ROWS);
      const bytes = await readLanded(manifest);
      assert.equal(sha256(bytes), manifest.sha256);
      seen.add(manifest.sha256);
      if (threads !== 3) continue;
      const sums = "SELECT sum(id)::text AS id, sum(gaps)::text AS gaps, count(gaps) AS present FROM ";
      assert.deepEqual(await duckdb(bytes, `${sums}$file`), await database.query(`${sums}big`));
      assert.deepEqual(
        await duckdb(
          bytes,
          "SELECT id, name FROM $file WHERE name <> md5(id::text) OR wide <> repeat(md5((id // 100)::text), 5)",
        ),
        [],
      );
    }
    assert.equal(seen.size, 1);
  });

  it("takes the place of what an earlier run of the day landed", async () => {
    await database.query("CREATE TABLE changing AS SELECT 1 AS a");
    const first = await land(things("TABLE changing"));
    await database.query("INSERT INTO changing VALUES (2)");
    const second = await land(things("TABLE changing"));
    assert.deepEqual((await filesBelow(place.path)).filter(isData).length, 1);
    assert.equal(second.key, first.key);
    assert.notEqual(second.etag, first.etag);
    assert.equal(sha256(await readLanded(second)), second.sha256);
    const record = LandingSchema.parse(JSON.parse(await readFile(join(place.path, landingKey("things", second.key)), "utf8")));
    assert.deepEqual([record.manifest!.run, record.history.map(({ run }) => run)], [second.run, [first.run]]);
    const other = await land(things("TABLE changing"), { snapshotDt: "2026-12-01" });
    assert.deepEqual((await filesBelow(place.path)).filter(isData).length, 2);
    assert.notEqual(other.key, first.key);
  });

  it("is nothing at all in a dry run: not even the sink's folder", async () => {
    const { shards } = await extract(things("SELECT id, amount FROM big"), database.dsn, place.url, { dryRun: true });
    assert.ok(shards[0]?.outcome === "planned");
    assert.equal(shards[0].url, `${place.url}/test/things_2026-11-30.parquet`);
    assert.deepEqual(
      shards[0].columns.map(({ name, source }) => [name, source]),
      [
        ["id", "integer"],
        ["amount", "numeric"],
      ],
    );
    assert.equal(existsSync(place.path), false);
  });

  it("is told as it happens: planned, started, progress, landed", async () => {
    const told: string[] = [];
    let rows = 0;
    await land(things("SELECT * FROM big"), {
      events: {
        planned: ({ shards }: { shards: unknown[] }) => told.push(`planned ${shards.length}`),
        shardStarted: ({ attempt }: { attempt: number }) => told.push(`started ${attempt}`),
        progress: (event: { rows: number; wireBytes: number }) => {
          assert.ok(event.rows > rows && event.wireBytes > 0);
          rows = event.rows;
          if (told.at(-1) !== "progress") told.push("progress");
        },
        shardLanded: ({ manifest }: { manifest: ShardManifest }) => told.push(`landed ${manifest.rows}`),
        shardFailed: () => told.push("failed"),
        restarted: () => told.push("restarted"),
      },
    });
    assert.deepEqual(told, ["planned 1", "started 1", "progress", `landed ${ROWS}`]);
    assert.equal(rows, ROWS);
  });
});

describe("hash keys that landed", () => {
  const query = "SELECT * FROM parcel";
  const hashkeys = { source: ["geoid", "ll_uuid", "lot"], record: ["geoid", "ll_uuid", "lot", "geom"] };
  const columns = { geom: { as: "geometry", srid: 4326 } };

  it("are those that PostgreSQL computes at the source, and DuckDB from the file", async () => {
    const manifest = await land(things(query, { hashkeys, columns }), { overrides: { threads: 2 } });
    assert.deepEqual(manifest.hashkeys, { ...hashkeys, separator: "" });
    const bytes = await readLanded(manifest);
    const keys = "_source_hashkey AS s, _record_hashkey AS r";
    const file = await duckdb(bytes, `SET enable_geoparquet_conversion = false; SELECT geoid, ${keys} FROM $file ORDER BY geoid`);
    const source = await database.query(`SELECT geoid, encode(sha256(convert_to(geoid || ll_uuid || lot, 'UTF8')), 'hex') AS s,
      encode(sha256(convert_to(geoid || ll_uuid || lot, 'UTF8') || coalesce(geom, '')), 'hex') AS r FROM parcel ORDER BY geoid COLLATE "C"`);
    assert.equal(source.length, 2000);
    assert.deepEqual(file, source);
    const differing = await duckdb(
      bytes,
      `SET enable_geoparquet_conversion = false; SELECT geoid FROM $file WHERE _source_hashkey <> sha256(geoid || ll_uuid || lot)
       OR _record_hashkey <> sha256(encode(geoid || ll_uuid || lot) || coalesce(geom, ''::blob))`,
    );
    assert.deepEqual(differing, []);
  });

  it("fail the shard where an identity column is null, with count and first row, and leave nothing", async () => {
    const nulls =
      "SELECT i AS id, CASE WHEN i % 1000 = 7 THEN NULL ELSE 'x' || i END AS part, repeat('y', 100) AS w FROM generate_series(1, 90000) i";
    for (const threads of [0, 2]) {
      const config = things(nulls, { hashkeys: { source: ["id", "part"] } });
      const error = await failureOf(extract(config, database.dsn, place.url, { overrides: { threads } }));
      assert.deepEqual([error.code, error.exitCode, error.retryable], ["NULL_KEY", 1, false]);
      assert.equal(error.message, 'key column "part" is null in 90 rows; the first is row 7');
      assert.deepEqual([error.context["column"], error.context["nulls"], error.context["row"]], ["part", 90, 7]);
      assert.equal(error.context["shard"], "things");
      assert.match(error.hint ?? "", /null_key/);
      assert.deepEqual(
        (await filesBelow(place.path)).filter((file) => !file.endsWith(".json")),
        [],
      );
    }
  });

  it("take a null for no bytes where the config says so", async () => {
    const nulls = "SELECT i AS id, CASE WHEN i = 2 THEN NULL ELSE 'x' END AS part FROM generate_series(1, 3) i";
    const manifest = await land(things(nulls, { hashkeys: { source: ["id", "part"], null_key: "empty" } }));
    const landedColumns = await duckdbColumns(fileURLToPath(manifest.url));
    assert.deepEqual(landedColumns.get("_source_hashkey"), [sha256("1x"), sha256("2"), sha256("3x")]);
  });

  it("come with a warning where two texts side by side may be read as one", async () => {
    const told: unknown[] = [];
    const config = things("SELECT 'a'::text AS a, 'b'::text AS b", { hashkeys: { source: ["a", "b"] } });
    const warning = (event: { message: string; shard?: { id: string } }) => told.push([event.shard?.id, event.message]);
    await land(config, { events: { warning } });
    assert.equal(told.length, 1);
    assert.match(String(told[0]), /^things,hash keys: "a" and "b" stand side by side .* set hashkeys\.separator$/);
    told.length = 0;
    await land(things("SELECT 'a'::text AS a, 'b'::text AS b", { hashkeys: { source: ["a", "b"], separator: "|" } }), {
      events: { warning },
    });
    assert.deepEqual(told, []);
    for (const type of ["uuid", "identity"]) {
      const query = `SELECT gen_random_uuid()::${type} AS a, 'b'::text AS b`;
      await land(things(query, { hashkeys: { source: ["a", "b"] } }), { events: { warning } });
      assert.deepEqual(told, [], `a ${type} is always of one length`);
    }
  });
});
