import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, run as runCli, start } from "./command-line.ts";
import { createDatabase, type TestDatabase, testDatabase } from "./postgres.ts";

/** Twenty tiny counties of four states, 48113, 48201 and 48453 among them. */
export const GEOIDS = [
  ...["17001", "17003", "17005", "17007", "17009"],
  ...["18001", "18003", "18005", "18007", "18009"],
  ...["26001", "26003", "26005", "26007", "26009"],
  ...["48113", "48201", "48301", "48453", "48501"],
];
export const stateOf = (geoid: string): string => ({ 17: "il", 18: "in", 26: "mi", 48: "tx" })[geoid.slice(0, 2)] ?? "";
export const tableOf = (geoid: string): string => `${stateOf(geoid)}_${geoid}`;

const CONFIG = (object: string): string => `object: ${object}
extract_pattern: county_sharded
source_system: linode
dataset: ${object}
source:
  shards: SELECT * FROM public.verse ORDER BY geoid
  table: public.{table_name}
  retry: { attempts: 2, min_delay_ms: 20, max_delay_ms: 50 }
hashkeys: { source: [geoid, ll_uuid] }
sink:
  bucket: nobody-has-this-bucket
  key: "dataset={dataset}/admin1={admin1}/geoid={geoid}/snapshot_dt={extract_date}/{table_name}_{extract_date}.parquet"
`;

const REGISTRY = (objects: readonly string[]): string =>
  [
    `default_object: ${objects[0]}`,
    "objects:",
    ...objects.map(
      (object) => `  ${object}:
    config: config/${object}.yaml
    cadence: rate(7 days)
    default_selection: { geoid: ["48113", "48201", "48453"] }
    compose_service: ${object}-extract
    batch_queue: ${object}-queue
    batch_job_definition: ${object}-extract`,
    ),
    "",
  ].join("\n");

export interface Verse {
  readonly database: TestDatabase;
  /** Working directory of the commands: config/ and the sinks are in it. */
  readonly folder: string;
  /** Runs a command of `pg-bronze` on the sink. */
  command(sink: string, args: readonly string[], env?: Record<string, string>): Promise<Outcome>;
  start(sink: string, args: readonly string[], env?: Record<string, string>): ReturnType<typeof start>;
  /** Makes a county's first row never come, until the function that it gives is called. */
  stall(geoid: string): Promise<() => Promise<unknown>>;
  /** Waits until a process reads a stalled county. */
  stalled(child: ChildProcess): Promise<void>;
  /** A new empty sink's URL. */
  sink(): Promise<string>;
  drop(): Promise<void>;
}

/** A source of {@link GEOIDS} in the tests' server or a given one, each with `rows` rows, and a folder with the registry and configs of these objects. */
export async function makeVerse({ objects = ["parcel"], rows = 3, server = "" } = {}): Promise<Verse> {
  const database = await (server === "" ? testDatabase() : createDatabase(server));
  await database.query(
    `CREATE TABLE public.verse (admin0 text, admin1 text, geoid text, table_name text, total_objects int, last_refresh date)`,
  );
  for (const geoid of GEOIDS) await addCounty(database, geoid, rows);
  const folder = await mkdtemp(join(tmpdir(), "verse-"));
  await writeConfig(folder, objects);
  const environment = (env: Record<string, string> = {}) => ({ LINODE_DSN: database.dsn, ...env });
  const line = (sink: string, [name = "", ...rest]: readonly string[]) => [name, "--sink", sink, ...rest];
  return {
    database,
    folder,
    command: (sink, args, env) => runCli(line(sink, args), { bin: "pg-bronze", cwd: folder, env: environment(env) }),
    start: (sink, args, env) => start(line(sink, args), { bin: "pg-bronze", cwd: folder, env: environment(env) }),
    stall: (geoid) => stall(database, geoid),
    stalled: (child) => stalled(database, child),
    sink: async () => `file://${await mkdtemp(join(folder, "bronze-"))}`,
    drop: async () => {
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

async function addCounty(database: TestDatabase, geoid: string, rows: number): Promise<void> {
  const table = tableOf(geoid);
  await database.query(
    `CREATE TABLE public.${table} (geoid text, ll_uuid uuid, owner text, parval numeric(12,2));
     INSERT INTO ${table} SELECT '${geoid}', gen_random_uuid(), 'owner ' || i, i FROM generate_series(1, ${rows}) i;
     INSERT INTO verse VALUES ('us', '${stateOf(geoid)}', '${geoid}', '${table}', ${rows}, '2026-10-01')`,
  );
}

async function stall(database: TestDatabase, geoid: string): Promise<() => Promise<unknown>> {
  const table = tableOf(geoid);
  await database.query(
    `ALTER TABLE ${table} RENAME TO ${table}_rows;
     CREATE VIEW ${table} AS SELECT r.* FROM ${table}_rows r CROSS JOIN pg_sleep(600) AS s`,
  );
  return () => database.query(`DROP VIEW ${table}; ALTER TABLE ${table}_rows RENAME TO ${table}`);
}

async function stalled(database: TestDatabase, child: ChildProcess): Promise<void> {
  for (;;) {
    const [row] = await database.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    if (row?.["n"] === 1) return;
    if (child.exitCode !== null) throw new Error("the process ended before its query ran");
  }
}

export async function writeConfig(folder: string, objects: readonly string[]): Promise<void> {
  await mkdir(join(folder, "config"), { recursive: true });
  await writeFile(join(folder, "config/registry.yaml"), REGISTRY(objects));
  for (const object of objects) await writeFile(join(folder, `config/${object}.yaml`), CONFIG(object));
}

/** Files below a sink, sorted, relative to it. */
export async function filesIn(sink: string): Promise<string[]> {
  const folder = new URL(sink).pathname;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
