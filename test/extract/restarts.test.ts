import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ObjectConfig } from "../../src/config/object-config.ts";
import { readLanding } from "../../src/ledger/claims.ts";
import type { BronzeError } from "../../src/model/errors.ts";
import { openSink } from "../../src/sink/open.ts";
import { type ExtractOptions, extract, type Folder, landed, objectConfig, temporaryFolder } from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { closeGate, GATE, type Gate } from "./gate.ts";
import { besidesLedger, filesBelow, openS3Place, type S3Place } from "./places.ts";

/** Rows of 1 KB, the gate after 20 MB of 24. */
const QUERY = "SELECT wait_at(i, 20000) AS id, repeat(md5(i::text), 30) AS t FROM generate_series(1, 24000) i";

let database: TestDatabase;
let folder: Folder;
let s3: S3Place;
let places = 0;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query(GATE);
  s3 = await openS3Place();
});
after(async () => {
  await s3.close();
  await database.drop();
  await folder.remove();
});

interface Target {
  readonly name: string;
  open(): { url: string; env: Record<string, string | undefined>; contents(): Promise<string[]> };
}
const TARGETS: readonly Target[] = [
  {
    name: "a folder",
    open: () => {
      const name = `sink-${++places}`;
      return { url: `${folder.url}/${name}`, env: process.env, contents: () => filesBelow(join(folder.path, name)) };
    },
  },
  { name: "S3", open: () => ({ url: s3.url, env: { ...process.env, ...s3.env }, contents: async () => s3.contents() }) },
];

const things = (attempts: number, transport: "copy" | "cursor" = "copy"): ObjectConfig =>
  objectConfig({
    source: { query: QUERY, transport, retry: { attempts, min_delay_ms: 10, max_delay_ms: 20 } },
    sink: { part_bytes: 5 << 20 },
    parquet: { compression: "none", row_group_bytes: 4 << 20 },
  });

/** Ends every session that comes to the gate, `times` times; then opens it. */
async function killAtGate(gate: Gate, times: number, look: () => Promise<void>): Promise<void> {
  const killed = new Set<number>();
  while (killed.size < times) {
    const pid = await gate.waiting(killed);
    await look();
    killed.add(pid);
    await database.query("SELECT pg_terminate_backend($1)", [pid]);
  }
}

describe("an extract whose backend is killed in the middle", () => {
  beforeEach(() => s3.clear());

  for (const target of TARGETS) {
    for (const transport of ["copy", "cursor"] as const) {
      it(`begins again from the start, and lands once and whole in ${target.name} (${transport})`, async (t) => {
        const { url, env, contents } = target.open();
        const gate = await closeGate(database, t);
        const told: string[] = [];
        const events: ExtractOptions["events"] = {
          shardStarted: ({ attempt }) => told.push(`started ${attempt}`),
          restarted: ({ attempt, error }) => told.push(`restarted ${attempt} ${error.code}`),
          shardLanded: () => told.push("landed"),
        };
        const result = extract(things(4, transport), database.dsn, url, { env, events });
        await killAtGate(gate, 2, async () => {
          // Mid-way there is something, and nobody sees it as an object.
          let found: string[] = [];
          while (found.length === 0) {
            await nextTurn();
            found = besidesLedger(await contents());
          }
          assert.ok(
            found.every((name) => /tmp-|^open upload of /.test(name)),
            found.join(),
          );
        });
        await gate.open();
        const manifest = landed(await result);
        assert.deepEqual(told, [
          "started 1",
          "restarted 2 SOURCE_INTERRUPTED",
          "started 2",
          "restarted 3 SOURCE_INTERRUPTED",
          "started 3",
          "landed",
        ]);
        assert.deepEqual([manifest.rows, manifest.attempts], [24_000, 3]);
        const sink = await openSink(url, { env });
        assert.equal((await sink.head(manifest.key))?.bytes, manifest.bytes);
        assert.equal((await readLanding(sink, "things", manifest.key))?.value.manifest?.token, manifest.token);
        await sink.close();
        assert.equal((await contents()).filter((name) => name.endsWith(".parquet")).length, 1);
      });
    }

    it(`fails after the last attempt and leaves nothing in ${target.name}`, async (t) => {
      const { url, env, contents } = target.open();
      const gate = await closeGate(database, t);
      const told: number[] = [];
      const failures: BronzeError[] = [];
      const events: ExtractOptions["events"] = {
        restarted: ({ attempt }) => told.push(attempt),
        shardFailed: ({ error }) => failures.push(error),
      };
      const result = extract(things(3), database.dsn, url, { env, events });
      await killAtGate(gate, 3, async () => {});
      const [shard] = (await result).shards;
      await gate.open();
      assert.ok(shard?.outcome === "failed");
      assert.deepEqual([shard.error.code, shard.error.retryable, shard.error.exitCode], ["SOURCE_INTERRUPTED", true, 1]);
      assert.match(shard.error.message, /terminating connection/);
      assert.equal(shard.error.context["shard"], "things");
      assert.deepEqual(failures, [shard.error]);
      assert.deepEqual(told, [2, 3]);
      assert.deepEqual(besidesLedger(await contents()), []);
    });
  }

  it("ends while it waits for the next attempt, when it is cancelled", async (t) => {
    const { url, contents } = TARGETS[0]!.open();
    const gate = await closeGate(database, t);
    const abort = new AbortController();
    const config = objectConfig({
      source: { query: QUERY, retry: { attempts: 2, min_delay_ms: 600_000, max_delay_ms: 600_000 } },
    });
    const result = extract(config, database.dsn, url, { signal: abort.signal, events: { restarted: () => abort.abort() } });
    result.catch(() => {});
    await killAtGate(gate, 1, async () => {});
    await assert.rejects(result, { code: "CANCELLED" });
    await gate.open();
    assert.deepEqual(besidesLedger(await contents()), []);
  });
});

describe("a table that is dropped in the middle of an extract", () => {
  const config = objectConfig({
    object: "parcel",
    extract_pattern: "county_sharded",
    source: { shards: "SELECT * FROM verse ORDER BY geoid", table: "public.{table_name}" },
    sink: { key: "{table_name}_{extract_date}.parquet" },
  });

  it("stays until it has been read; one that is gone when its turn comes fails alone", async (t) => {
    await database.query(`CREATE TABLE verse AS SELECT * FROM (VALUES ('1', 'first'), ('2', 'second'), ('3', 'third')) v(geoid, table_name);
      CREATE TABLE rows AS SELECT i FROM generate_series(1, 1000) i;
      CREATE VIEW first AS SELECT wait_at(i, 900) AS i FROM rows; CREATE TABLE second AS TABLE rows; CREATE TABLE third AS TABLE rows`);
    const { url } = TARGETS[0]!.open();
    const gate = await closeGate(database, t);
    const result = extract(config, database.dsn, url);
    await gate.waiting();
    await database.query("DROP TABLE second");
    const dropped = database.query("DROP TABLE rows CASCADE");
    await gate.open();
    await dropped;
    const { shards } = await result;
    assert.deepEqual(
      shards.map((shard) => [shard.shard.id, shard.outcome === "failed" ? shard.error.code : shard.outcome]),
      [
        ["1", "landed"],
        ["2", "TABLE_MISSING"],
        ["3", "landed"],
      ],
    );
    assert.ok(shards[0]?.outcome === "landed" && shards[0].manifest.rows === 1000);
  });
});
