import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import type { ExtractResult } from "../../src/extract/contract.ts";
import {
  type ExtractOptions,
  extract,
  type Folder,
  landed,
  objectConfig,
  readLanded,
  temporaryFolder,
} from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { memoryOf } from "./memory-of.ts";
import { besidesLedger, filesBelow } from "./places.ts";

/** Heap of 70 MB with holes and changed rows, five row groups; numeric and interval travel as they are and as the server's text. */
const BIG = `
  CREATE TABLE big AS SELECT i AS id, 'lot-' || i AS lot, (i % 7)::int2 AS few, nullif(i % 5, 0) AS gaps, i::numeric(12,2) / 3 AS amount,
    make_interval(secs => i) AS took, decode(repeat(md5(i::text), 10), 'hex') AS bytes FROM generate_series(1, 200000) i;
  UPDATE big SET lot = 'moved-' || id WHERE id % 11 = 0;
  DELETE FROM big WHERE id BETWEEN 50000 AND 70000`;
/** 130 MB: more than three sessions and their sockets read ahead, so that each has something to read whenever it is killed. */
const WIDE =
  "CREATE TABLE wide AS SELECT i AS id, 'lot-' || i AS lot, repeat(md5(i::text), 40) AS t FROM generate_series(1, 100000) i";

let database: TestDatabase;
let folder: Folder;
let sinks = 0;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query(BIG);
  await database.query(WIDE);
  await database.query(`
    CREATE TABLE one_page AS SELECT i AS id, i::text AS lot FROM generate_series(1, 9) i;
    CREATE TABLE nobody (id int, lot text);
    CREATE TABLE many AS SELECT id, lot FROM big;
    CREATE VIEW a_view AS TABLE many;
    CREATE TABLE shards AS SELECT i AS geoid, t AS table_name FROM unnest(ARRAY['many', 'one_page', 'nobody', 'a_view']) WITH ORDINALITY AS u(t, i)`);
});
after(async () => {
  await database.drop();
  await folder.remove();
});

const HASHKEYS = { source: ["lot"], record: ["lot", "id"], separator: "|" };
const whole = (table: string, more: Record<string, unknown> = {}) =>
  objectConfig({
    source: { query: `SELECT * FROM ${table}` },
    hashkeys: HASHKEYS,
    parquet: { row_group_bytes: 8 << 20 },
    ...more,
  });
const land = (config: ReturnType<typeof whole>, parallelism: number, options: ExtractOptions = {}): Promise<ExtractResult> =>
  extract(config, database.dsn, `${folder.url}/sink-${++sinks}`, {
    ...options,
    overrides: { ...options.overrides, parallelism },
  });

/** Runs SQL while nothing else happens in this process, so that an extract is held exactly where it is. */
function meanwhile(sql: string): unknown[] {
  const script = `import pg from "pg"; const client = new pg.Client(process.argv[1]); await client.connect();
    const { rows } = await client.query(process.argv[2]); console.log(JSON.stringify(rows)); await client.end();`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script, database.dsn, sql], {
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as unknown[];
}
const SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pg-bronze/%'";

describe("an extract over several connections", () => {
  for (const [threads, parallelism] of [
    [0, 2],
    [2, 4],
  ] as const) {
    it(`lands the very file that one connection lands (${parallelism} connections, ${threads} threads)`, async () => {
      const alone = landed(await land(whole("big"), 1, { overrides: { threads } }));
      let sessions: unknown[] | null = null;
      const events: ExtractOptions["events"] = {
        progress: () => {
          sessions ??= meanwhile(`SELECT pid ${SESSIONS}`);
        },
      };
      const together = landed(await land(whole("big"), parallelism, { overrides: { threads }, events }));
      assert.equal((sessions as unknown[] | null)?.length, parallelism);
      assert.deepEqual([together.sha256, together.rows, together.row_groups], [alone.sha256, alone.rows, alone.row_groups]);
      assert.deepEqual(await readLanded(together), await readLanded(alone));
      assert.deepEqual({ ...together.source, snapshot: "", lsn: "" }, { ...alone.source, snapshot: "", lsn: "" });
      assert.match(together.source.snapshot, /^[0-9A-F]+-[0-9A-F]+-\d+$/);
      assert.ok(alone.row_groups >= 5 && alone.rows === 179_999);
    });
  }

  it("takes one connection for a table too small to share, or empty", async () => {
    for (const [table, rows] of [
      ["one_page", 9],
      ["nobody", 0],
    ] as const) {
      const together = landed(await land(whole(table), 16));
      const alone = landed(await land(whole(table), 1));
      assert.deepEqual([together.rows, together.sha256], [rows, alone.sha256]);
    }
  });

  it("reads each county's whole table, and fails those that can't be read so", async () => {
    const config = objectConfig({
      extract_pattern: "county_sharded",
      source: { shards: "SELECT * FROM shards ORDER BY geoid", table: "public.{table_name}" },
      read: { parallelism: 3 },
      sink: { key: "{geoid}/{extract_date}.parquet" },
    });
    const { shards } = await extract(config, database.dsn, `${folder.url}/counties`);
    assert.deepEqual(
      shards.map((shard) => (shard.outcome === "landed" ? shard.manifest.rows : shard.outcome === "failed" && shard.error.code)),
      [179_999, 9, 0, "CONFIG_INVALID"],
    );
  });

  for (const victim of [0, 1, 2]) {
    it(`begins again when connection ${victim + 1} of 3 breaks, and lands once and whole`, async () => {
      let killed = false;
      const restarts: string[] = [];
      const events: ExtractOptions["events"] = {
        progress: () => {
          if (killed) return;
          killed = true;
          meanwhile(
            `SELECT pg_terminate_backend(pid) FROM (SELECT pid ${SESSIONS} ORDER BY backend_start OFFSET ${victim} LIMIT 1) AS one`,
          );
        },
        restarted: ({ error, attempt }) => restarts.push(`${attempt} ${error.code}`),
      };
      const manifest = landed(await land(whole("wide"), 3, { events, overrides: { threads: 0 } }));
      assert.deepEqual(restarts, ["2 SOURCE_INTERRUPTED"]);
      assert.deepEqual([manifest.rows, manifest.attempts], [100_000, 2]);
      assert.deepEqual(besidesLedger(await filesBelow(`${folder.path}/sink-${sinks}`)), [manifest.key]);
      assert.deepEqual(await database.query(`SELECT pid ${SESSIONS}`), []);
    });
  }

  it("ends all its sessions when it is cancelled", async () => {
    const abort = new AbortController();
    const events: ExtractOptions["events"] = { progress: () => abort.abort() };
    await assert.rejects(land(whole("big"), 3, { events, signal: abort.signal }), { code: "CANCELLED" });
    assert.deepEqual(besidesLedger(await filesBelow(`${folder.path}/sink-${sinks}`)), []);
    // A backend that was let go may take a moment to end; what it runs has ended.
    assert.deepEqual(await database.query(`SELECT pid ${SESSIONS} AND state = 'active'`), []);
  });

  it("is refused for a view or a query with conditions, and already by a dry run", async () => {
    const conditions = objectConfig({ source: { query: "SELECT * FROM big WHERE id < 100" } });
    for (const config of [whole("a_view"), conditions]) {
      for (const dryRun of [true, false]) {
        const [shard] = (await land(config, 2, { dryRun })).shards;
        assert.ok(shard?.outcome === "failed");
        assert.deepEqual([shard.error.code, shard.error.exitCode], ["CONFIG_INVALID", 2]);
      }
      assert.equal((await land(config, 1, { dryRun: true })).shards[0]?.outcome, "planned");
    }
  });

  it("is refused for a cursor before anything is connected", async () => {
    const config = objectConfig({ source: { query: "SELECT * FROM big", transport: "cursor" }, read: { parallelism: 2 } });
    await assert.rejects(extract(config, "postgresql://nobody@127.0.0.1:1/none", folder.url), {
      code: "CONFIG_INVALID",
      exitCode: 2,
    });
  });

  it("takes some 16 MB more for each connection, and no more", async (t) => {
    const rise = async (parallelism: number): Promise<number> => {
      const sinkUrl = `${folder.url}/memory-${parallelism}`;
      return (await memoryOf({ dsn: database.dsn, sinkUrl, query: "SELECT * FROM big", threads: 0, parallelism })).rise;
    };
    const [one, four] = [await rise(1), await rise(4)];
    t.diagnostic(`${Math.round(one / 1e6)} MB over one, ${Math.round(four / 1e6)} MB over four`);
    assert.ok(four - one < 4 * 24e6, `${one} and ${four} bytes`);
  });
});
