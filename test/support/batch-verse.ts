import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Attempt,
  type BatchServer,
  type BatchServerOptions,
  processRunner,
  startBatchServer,
  testDefinition,
  testQueue,
} from "./batch-server/index.ts";
import { type Outcome, run } from "./command-line.ts";
import { type TestDatabase, testDatabase } from "./postgres.ts";
import { type S3Server, startS3Server } from "./s3-server/index.ts";

const TSX = import.meta.resolve("tsx");
const EXTRACT = fileURLToPath(new URL("../../src/cli/bin/extract.ts", import.meta.url));

/** FIPS code of a state → its counties: tiny ones, thirty in all. */
const STATES = { mi: "26", oh: "39", in: "18", il: "17", tx: "48", wi: "55" } as const;
export const COUNTIES = Object.entries(STATES).flatMap(([state, fips]) =>
  [1, 3, 5, 7, 9].map((n) => ({ state, geoid: `${fips}${String(n).padStart(3, "0")}`, table: `${state}_${n}`, rows: n })),
);

const CONFIG = `object: parcel
extract_pattern: county_sharded
source_system: linode
dataset: parcel
source:
  noun: county
  shards: SELECT * FROM public.verse ORDER BY geoid
  table: public.{table_name}
hashkeys: { source: [geoid, ll_uuid] }
sink:
  bucket: bronze
  key: "{source_system}/dataset={dataset}/admin1={admin1}/snapshot_dt={extract_date}/{table_name}_{extract_date}.parquet"
`;

const REGISTRY = `objects:
  parcel:
    config: config/parcel.yaml
    cadence: rate(7 days)
    compose_service: parcel-extract
    batch_queue: parcel-extract-queue
    batch_job_definition: parcel-county-extract
`;

export interface BatchVerse {
  readonly database: TestDatabase;
  readonly s3: S3Server;
  readonly batch: BatchServer;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  command(bin: "submit-aws" | "pg-bronze", args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  close(): Promise<void>;
}

/**
 * A source of {@link COUNTIES}, S3 and Batch, all as servers, and a folder with config and registry. Jobs of Batch are processes of
 * `extract`; `fate` may end an attempt without one, or say when it is killed.
 */
export async function makeBatchVerse(
  fate: (
    attempt: Attempt,
  ) => { readonly end: Awaited<ReturnType<BatchServerOptions["run"]>> } | { readonly killWhen: Promise<void> } | null = () =>
    null,
  more: Partial<BatchServerOptions> = {},
): Promise<BatchVerse> {
  const database = await testDatabase();
  await database.query(
    `CREATE TABLE verse (admin0 text, admin1 text, geoid text, table_name text, total_objects int, last_refresh date);
     ${COUNTIES.map(countySql).join("\n")}`,
  );
  const folder = await mkdtemp(join(tmpdir(), "submit-aws-"));
  for (const name of ["config", "logs"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "config/parcel.yaml"), CONFIG);
  await writeFile(join(folder, "config/registry.yaml"), REGISTRY);
  const s3 = await startS3Server();
  const container: Record<string, string> = {
    LINODE_DSN: database.dsn,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_REGION: "us-east-2",
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    // Who takes over from a killed one waits for no longer.
    PG_BRONZE_LEASE_MS: "8000",
  };
  const killed = new Map<string, Promise<void>>();
  const runProcess = processRunner({
    entryPoint: [process.execPath, "--import", TSX, EXTRACT],
    cwd: folder,
    env: container,
    graceMs: 5_000,
    logFolder: join(folder, "logs"),
    killWhen: ({ job }) => killed.get(job.id) ?? null,
  });
  const batch = await startBatchServer({
    queues: [testQueue("parcel-extract-queue")],
    definitions: [testDefinition("parcel-county-extract", { logGroup: "/pg-bronze/parcel" })],
    maxVcpus: 2,
    run: (attempt) => {
      const decided = fate(attempt);
      if (decided !== null && "end" in decided) return Promise.resolve(decided.end);
      if (decided !== null) killed.set(attempt.job.id, decided.killWhen);
      else killed.delete(attempt.job.id);
      return runProcess(attempt);
    },
    ...more,
  });
  const env = { ...container, ...batch.env };
  return {
    database,
    s3,
    batch,
    env,
    folder,
    command: (bin, args, own = {}) => run(args, { bin, cwd: folder, env: { ...env, ...own } }),
    close: async () => {
      await batch.close();
      await s3.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

function countySql({ state, geoid, table, rows }: (typeof COUNTIES)[number]): string {
  return `CREATE TABLE ${table} (geoid text, ll_uuid uuid, owner text);
    INSERT INTO ${table} SELECT '${geoid}', gen_random_uuid(), 'owner ' || i FROM generate_series(1, ${rows}) i;
    INSERT INTO verse VALUES ('us', '${state}', '${geoid}', '${table}', ${rows}, '2026-10-01');`;
}
