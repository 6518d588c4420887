import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Random, seededRandom } from "../../dev/demo/random.ts";
import { readPublished } from "../../src/ledger/current.ts";
import { readPlan } from "../../src/ledger/plan.ts";
import { readReceipts } from "../../src/ledger/receipts.ts";
import { listRuns } from "../../src/ledger/runs.ts";
import { readSubmissions } from "../../src/ledger/submissions.ts";
import { openSink } from "../../src/sink/open.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { committedStacks, objects, SHARED } from "../infra/committed.ts";
import type { Resolved } from "../infra/resolved.ts";
import {
  type Attempt,
  type AttemptEnd,
  type BatchServer,
  type Definition,
  deliver,
  ENDS,
  processRunner,
  START_FAILURES,
  startBatchServer,
  testDefinition,
  testQueue,
} from "../support/batch-server/index.ts";
import { testDatabase } from "../support/postgres.ts";
import { startS3Server } from "../support/s3-server/index.ts";
import { type ReceivedMessage, startSnsServer } from "../support/sns-server.ts";
import { createPool, type Pool } from "./pool.ts";
import { makeSource } from "./source.ts";

const TSX = import.meta.resolve("tsx");
const ENTRY = fileURLToPath(new URL("../../src/cli/bin/pg-bronze.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUCKET = "bronze";
/** Who takes over from the dead waits for no longer than twice this time. */
const LEASE_MS = "6000";

export interface NationOptions {
  readonly counties: number;
  /** Units of `pg-connections`. */
  readonly connections: number;
  readonly seed: string;
  /** Events of the schedule, each delivered twice: when they were due. */
  readonly due: readonly Date[];
  /** Called now and then. */
  readonly say?: (line: string) => void;
}

/** What became of one event of the schedule. */
export interface NationRun {
  readonly run: string;
  readonly snapshotDt: string;
  readonly planned: number;
  readonly landed: number;
  readonly isPublished: boolean;
  /** Round and jobs of each submission. */
  readonly submissions: readonly string[];
  readonly messages: readonly ReceivedMessage[];
  readonly seconds: number;
}

export interface Nation {
  /** One for each event, if each is one run. */
  readonly runs: readonly NationRun[];
  /** Runs that the ledger knows. */
  readonly runsPlanned: number;
  readonly dispatchers: readonly { readonly status: string; readonly attempts: number }[];
  readonly jobs: number;
  readonly attempts: number;
  readonly fates: Readonly<Record<string, number>>;
  /** Most units that jobs held at once, and most connections that the source saw at once. */
  readonly mostHeld: number;
  readonly mostSeen: number;
  readonly processes: number;
}

/**
 * A nation from its schedule, on stand-ins of AWS, from the committed templates alone: events are delivered twice, 5 % of the attempts die at
 * random, 1 % fail to start, one county needs more memory, and a dispatcher dies. Everything that decides is the real code: dispatchers are
 * processes of the command line, jobs are landed by processes that are killed where they die.
 */
export async function runNation(options: NationOptions): Promise<Nation> {
  const { counties, connections, seed, say = () => {} } = options;
  const object = objects.find(({ name }) => name === "parcel")!;
  const { shared, objects: stacks } = await committedStacks({ BronzeBucket: BUCKET });
  const stack = stacks.get(object.name)!;
  const database = await testDatabase();
  const geoids = await makeSource(database, counties);
  const s3 = await startS3Server({ buckets: [BUCKET] });
  const sns = await startSnsServer(shared.exports.get(`${SHARED}-TopicArn`));
  const logFolder = await mkdtemp(join(tmpdir(), "nation-"));
  const units = ofType(shared, "AWS::Batch::ConsumableResource")[0]!;
  const resource = `arn:aws:batch:us-east-2:123456789012:consumable-resource/${units["ConsumableResourceName"]}`;
  const base = {
    LINODE_DSN: database.dsn,
    ...sns.env,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_REGION: "us-east-2",
    PG_BRONZE_LEASE_MS: LEASE_MS,
  };
  const pool = createPool(base);
  const fates = createFates(seededRandom(seed), geoids.length);
  let dispatch: ((attempt: Attempt) => Promise<AttemptEnd>) | null = null;
  const batch = await startBatchServer({
    queues: [shared, stack].flatMap((one) =>
      ofType(one, "AWS::Batch::JobQueue").map(({ JobQueueName }) => testQueue(String(JobQueueName))),
    ),
    definitions: ofType(stack, "AWS::Batch::JobDefinition").map(definitionOf),
    resources: { [resource]: connections },
    maxVcpus: 1_000,
    lag: { listMs: 1_000, describeMs: 500 },
    startMs: 5,
    terminateMs: 500,
    run: (attempt) => (attempt.command[0] === "extract" ? runJob(attempt, pool, fates) : dispatch!(attempt)),
  });
  const runDispatcher = processRunner({
    entryPoint: [process.execPath, "--import", TSX, ENTRY],
    cwd: ROOT,
    logFolder,
    env: { ...base, AWS_ENDPOINT_URL_BATCH: batch.endpoint },
    killWhen: ({ job, attempt }) => (isDoomed(batch, job.id, attempt) ? someLanded(batch, counties) : null),
  });
  dispatch = async (attempt) => {
    const end = await runDispatcher(attempt);
    return isDoomed(batch, attempt.job.id, attempt.attempt) ? HOST_GONE : end;
  };
  const sink = await openSink(`s3://${BUCKET}`, { endpoint: s3.endpoint, credentials: s3.credentials, region: "us-east-2" });
  const watch = watchConnections(database);
  const progress = setInterval(() => say(progressOf(batch)), 10_000);
  try {
    const schedule = stack.resources.get("Schedule")!.Properties as { Target: { Input: string } };
    const runs: NationRun[] = [];
    for (const due of options.due) {
      const startedAt = performance.now();
      const before = sns.messages.length;
      deliver(batch, schedule.Target.Input, due, 2);
      await batch.engine.idle();
      const seconds = (performance.now() - startedAt) / 1000;
      runs.push(await outcomeOf(sink, due, sns.messages.slice(before), seconds));
    }
    const jobs = batch.engine.jobs.filter(({ submission }) => submission.command[0] === "extract");
    const units = jobs.flatMap((job) => (job.children.length > 0 ? job.children : [job]));
    return {
      runs,
      runsPlanned: (await listRuns(sink, object.name)).length,
      dispatchers: batch.engine.jobs
        .filter(({ submission }) => submission.command[0] !== "extract")
        .map(({ status, attempts }) => ({ status, attempts: attempts.length })),
      jobs: units.length,
      attempts: units.reduce((sum, { attempts }) => sum + attempts.length, 0),
      fates: fates.met,
      mostHeld: batch.engine.mostHeld[resource] ?? 0,
      mostSeen: await watch.end(),
      processes: pool.started,
    };
  } finally {
    clearInterval(progress);
    await pool.close();
    await batch.close();
    await sink.close();
    await sns.close();
    await s3.close();
    await database.drop();
    await rm(logFolder, { recursive: true });
  }
}

type Json = Readonly<Record<string, unknown>>;

function ofType({ resources }: Resolved, type: string): Json[] {
  return [...resources.values()].filter(({ Type }) => Type === type).map(({ Properties }) => Properties as Json);
}

function definitionOf(template: Json): Definition {
  const { jobDefinitionName, ...definition } = uncapitalized(template) as Json & { jobDefinitionName: string };
  return testDefinition(jobDefinitionName, definition);
}

/** Keys as Batch's own interface has them. */
function uncapitalized(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(uncapitalized);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key[0]!.toLowerCase() + key.slice(1), uncapitalized(value)]),
  );
}

interface Fates {
  /** How many attempts met each. */
  readonly met: Record<string, number>;
  /** What befalls an attempt. */
  of(attempt: Attempt): { readonly name: string; readonly end: AttemptEnd; readonly killAfterMs: number | null } | null;
}

const HOST_GONE: AttemptEnd = { exitCode: null, statusReason: "Host was terminated" };
/** Ends of attempts whose process died: its host is gone, it was killed, Spot took it back, nobody knows why. */
const DEATHS: readonly AttemptEnd[] = [HOST_GONE, ENDS.killed, ENDS.spot, ENDS.exit(1)];

function createFates(random: Random, counties: number): Fates {
  /** Its place in the array of the first submission. */
  const starved = random.int(0, counties - 1);
  return {
    met: {},
    of: ({ job, environment }) => {
      const { SUBMISSION, SIZE_CLASS, AWS_BATCH_JOB_ARRAY_INDEX: index } = environment;
      if (SUBMISSION === "1" && SIZE_CLASS === "small" && Number(index) === starved && job.submission.memoryMib < 4096) {
        return { name: "out of memory", end: ENDS.outOfMemory, killAfterMs: random.int(1, 20) };
      }
      if (random.chance(0.01)) {
        return { name: "not started", end: ENDS.notStarted(random.pick(START_FAILURES)), killAfterMs: null };
      }
      return !random.chance(0.05) ? null : { name: "died", end: random.pick(DEATHS), killAfterMs: random.int(1, 150) };
    },
  };
}

async function runJob({ environment, signal, ...attempt }: Attempt, pool: Pool, fates: Fates): Promise<AttemptEnd> {
  const fate = fates.of({ environment, signal, ...attempt });
  const doesStart = fate === null || fate.killAfterMs !== null;
  const report = doesStart ? await pool.run(environment, signal, fate?.killAfterMs ?? null) : null;
  if (report !== null) return ENDS.exit(report.exitCode);
  if (fate === null) return ENDS.exit(143);
  fates.met[fate.name] = (fates.met[fate.name] ?? 0) + 1;
  return fate.end;
}

/** The first dispatcher of each event dies once, in the middle of its run. */
function isDoomed({ engine }: BatchServer, id: string, attempt: number): boolean {
  const dispatchers = engine.jobs.filter(({ submission }) => submission.command[0] !== "extract");
  return attempt === 1 && dispatchers.findIndex((job) => job.id === id) % 2 === 0;
}

async function someLanded({ engine }: BatchServer, counties: number): Promise<void> {
  const ended = (): number =>
    engine.jobs.reduce((sum, { children }) => sum + children.filter(({ status }) => status === "SUCCEEDED").length, 0);
  const until = ended() + counties / 4;
  while (ended() < until) await new Promise((waited) => setTimeout(waited, 100));
}

async function outcomeOf(sink: Sink, due: Date, messages: readonly ReceivedMessage[], seconds: number): Promise<NationRun> {
  const day = due.toISOString().slice(0, 10);
  const run = (await listRuns(sink, "parcel")).find((one) => one.startsWith(day));
  if (run === undefined) throw new Error(`no run of ${day} was planned`);
  const plan = (await readPlan(sink, "parcel", run))!;
  const submissions = await readSubmissions(sink, "parcel", run);
  return {
    run,
    snapshotDt: plan.snapshot_dt,
    planned: plan.shards.length,
    landed: (await readReceipts(sink, "parcel", run)).length,
    isPublished: (await readPublished(sink, "parcel"))?.run === run,
    submissions: submissions.map(
      ({ round, groups }) => `${round}: ${groups.map(({ size_class, jobs }) => `${jobs.length} ${size_class}`).join(", ")}`,
    ),
    messages,
    seconds,
  };
}

/** Looks at how many sessions the source has, as often as it can. */
function watchConnections(database: Awaited<ReturnType<typeof testDatabase>>): { end(): Promise<number> } {
  let isOver = false;
  let most = 0;
  const watching = (async () => {
    while (!isOver) {
      const [row] = await database.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'pg-bronze%'`,
      );
      most = Math.max(most, Number(row?.["n"]));
      await new Promise((waited) => setTimeout(waited, 20));
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await watching;
      return most;
    },
  };
}

function progressOf({ engine }: BatchServer): string {
  const counts: Record<string, number> = {};
  for (const job of engine.jobs) {
    for (const { status } of job.children.length > 0 ? job.children : [job]) counts[status] = (counts[status] ?? 0) + 1;
  }
  return Object.entries(counts)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ");
}

/** A scheduled time that is past: jobs run on the day after, or later. */
export function dueAt(day: string): Date {
  return new Date(`${day}T23:59:30Z`);
}
