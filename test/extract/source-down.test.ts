import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { landingOptions } from "../../src/extract/options.ts";
import { surveyShards } from "../../src/extract/survey.ts";
import { parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { type ExtractOptions, extract, type Folder, objectConfig, temporaryFolder } from "../support/extract.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

let database: TestDatabase;
let folder: Folder;
let sinks = 0;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query(`
    CREATE TABLE dallas AS SELECT i AS id FROM generate_series(1, 5) i;
    CREATE TABLE travis AS TABLE dallas;
    CREATE TABLE verse AS SELECT * FROM (VALUES ('48113', 'dallas'), ('48453', 'travis')) AS v (geoid, table_name)`);
});
after(async () => {
  await database.drop();
  await folder.remove();
});

/** A port that refuses connections, until `start` has it lead to the database. */
async function closedPort(t: TestContext): Promise<{ dsn: string; start(): Promise<void>; stop(): void }> {
  const { hostname, port: target } = new URL(database.dsn);
  const proxy = createServer((client) => {
    const server = connect(Number(target), hostname);
    client.pipe(server).pipe(client);
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
  });
  const listen = async (port: number): Promise<number> => {
    await once(proxy.listen(port, "127.0.0.1"), "listening");
    return (proxy.address() as AddressInfo).port;
  };
  t.after(() => proxy.close());
  const port = await listen(0);
  await new Promise((closed) => proxy.close(closed));
  const url = new URL(database.dsn);
  url.port = String(port);
  return { dsn: url.href, start: () => listen(port).then(() => {}), stop: () => void proxy.close() };
}

const counties = (attempts: number) =>
  objectConfig({
    extract_pattern: "county_sharded",
    source: {
      shards: "SELECT * FROM public.verse ORDER BY geoid",
      table: "public.{table_name}",
      retry: { attempts, min_delay_ms: 50, max_delay_ms: 100 },
    },
    sink: { key: "{table_name}_{extract_date}.parquet" },
  });
const land = (attempts: number, dsn: string, events: ExtractOptions["events"] = {}) =>
  extract(counties(attempts), dsn, `${folder.url}/sink-${++sinks}`, { events: { ...events } });

describe("an extract whose source is down", () => {
  it("waits for it from the lookup on, and lands", async (t) => {
    const port = await closedPort(t);
    const result = land(20, port.dsn);
    await delay(200);
    await port.start();
    assert.deepEqual(
      (await result).shards.map(({ outcome }) => outcome),
      ["landed", "landed"],
    );
  });

  it("waits for it where it goes between two shards, and says so", async (t) => {
    const port = await closedPort(t);
    await port.start();
    const away: string[] = [];
    const back: number[] = [];
    const { shards } = await land(1, port.dsn, {
      shardLanded: ({ shard }) => shard.id === "48113" && port.stop(),
      sourceAway: ({ error, tries }) => {
        away.push(`${error.code} ${tries}`);
        if (tries === 2) void port.start();
      },
      sourceBack: ({ tries }) => back.push(tries),
    });
    assert.deepEqual(
      shards.map(({ outcome }) => outcome),
      ["landed", "landed"],
    );
    assert.deepEqual([away, back], [["SOURCE_DOWN 1", "SOURCE_DOWN 2"], [3]]);
  });

  it("ends with exit code 1, as one that may be tried again, when it stays down", async (t) => {
    const port = await closedPort(t);
    await assert.rejects(
      land(3, port.dsn),
      failsWith("SOURCE_DOWN", (error) => assert.deepEqual([error.exitCode, error.retryable], [1, true])),
    );
  });

  it("ends at once when the connection string can't be right", async () => {
    const url = new URL(database.dsn);
    url.pathname = "/nowhere";
    const startedAt = performance.now();
    await assert.rejects(land(20, url.href), failsWith("DSN_INVALID"));
    assert.ok(performance.now() - startedAt < 1_000);
  });
});

describe("a look at the tables of a source that is down", () => {
  it("waits for it", async (t) => {
    const port = await closedPort(t);
    const config = counties(20);
    const shard = {
      id: parseShardId("48113"),
      object: "things",
      snapshotDt: parseSnapshotDate("2026-11-30"),
      source: { kind: "table", schema: "public", table: "dallas" },
      key: "dallas.parquet",
      values: {},
      estimatedRows: null,
    } as const;
    const access = { config, target: resolveDsn({}, "X", port.dsn), signal: new AbortController().signal };
    const surveyed = surveyShards([shard], landingOptions(config, {}), access);
    await delay(200);
    await port.start();
    const [dallas] = await surveyed;
    assert.ok(Array.isArray(dallas?.columns) && dallas.columns[0].name === "id");
  });
});
