import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Actor } from "../../../src/ledger/actor.ts";
import { createPlan, type RunPlan } from "../../../src/ledger/plan.ts";
import { readSubmission, type Submission } from "../../../src/ledger/submissions.ts";
import { BronzeError } from "../../../src/model/errors.ts";
import { parseRunId, parseShardId } from "../../../src/model/ids.ts";
import { continueRun, type RunToContinue } from "../../../src/run/continue.ts";
import { jobShards } from "../../../src/run/job-shards.ts";
import { jobExitCode, runJob } from "../../../src/run/run-job.ts";
import { openSink } from "../../../src/sink/open.ts";
import type { Sink } from "../../../src/sink/sink.ts";
import { connectBatch } from "../../../src/submit/batch/api.ts";
import type { BatchMode } from "../../../src/submit/batch/input.ts";
import { batchSubmitter } from "../../../src/submit/batch/submitter.ts";
import { samplePlan, TARGET } from "../../support/batch-samples.ts";
import {
  type Attempt,
  type AttemptEnd,
  type BatchServer,
  type BatchServerOptions,
  ENDS,
  startBatchServer,
  testDefinition,
  testQueue,
} from "../../support/batch-server/index.ts";
import { fakeActor, fakeRun } from "../../support/fake-run.ts";
import { manifest, writeLanded } from "../../support/ledger-samples.ts";
import { startS3Server } from "../../support/s3-server/index.ts";

export const OK: AttemptEnd = { exitCode: 0, statusReason: "Essential container in task exited" };

/** Batch and S3 stand-ins and a planned run, for one test. `land` stands for the container. */
export async function stage(
  t: TestContext,
  geoids: readonly string[],
  options: {
    readonly land?: (attempt: Attempt, stage: Stage) => Promise<AttemptEnd>;
    readonly mode?: BatchMode;
    readonly listedAfterMs?: number;
    readonly server?: Partial<BatchServerOptions>;
  } = {},
) {
  const s3 = await startS3Server();
  const open = () => openSink("s3://bronze/lake", { endpoint: s3.endpoint, credentials: s3.credentials, region: "us-east-2" });
  const [sink, containerSink] = [await open(), await open()];
  const { plan } = await createPlan(sink, samplePlan(geoids, sink.url));
  const holder: { stage: Stage | null } = { stage: null };
  const server = await startBatchServer({
    queues: [testQueue(TARGET.batch_queue)],
    definitions: [testDefinition(TARGET.batch_job_definition)],
    run: (attempt) => (options.land ?? landFake)(attempt, holder.stage!),
    maxVcpus: 16,
    ...options.server,
  });
  Object.assign(process.env, server.env);
  const submitterOf = () =>
    batchSubmitter({
      name: "batch",
      connect: () => connectBatch({ env: server.env }),
      target: TARGET,
      pace: { backoffMs: 1, listedAfterMs: options.listedAfterMs ?? 20 },
      ...(options.mode === undefined ? {} : { mode: options.mode }),
    });
  const submitter = submitterOf();
  const others: ReturnType<typeof submitterOf>[] = [];
  const run: RunToContinue = {
    ...{ plan, sink, submitter, withRunning: true, wait: false, publish: null },
    signal: new AbortController().signal,
    started: () => {},
    progress: () => {},
    pauseMs: 1,
  };
  const made: Stage = {
    plan,
    sink,
    containerSink,
    submissions: new Map(),
    server,
    s3,
    start: (more = {}) => continueRun({ ...run, ...more }),
    other: () => {
      others.push(submitterOf());
      return { submitter: others.at(-1)!, actor: fakeActor(`process-${others.length}`, { leaseMs: 1_000 }) };
    },
    run,
  };
  holder.stage = made;
  t.after(async () => {
    await server.close();
    for (const one of [submitter, ...others]) one.close();
    await sink.close();
    await containerSink.close();
    await s3.close();
  });
  return made;
}

export interface Stage {
  readonly plan: RunPlan;
  readonly sink: Sink;
  /** Of the containers, so that requests are counted apart. */
  readonly containerSink: Sink;
  /** What containers have read: in this process once for all. */
  readonly submissions: Map<number, Promise<Submission | null>>;
  readonly server: BatchServer;
  readonly s3: Awaited<ReturnType<typeof startS3Server>>;
  readonly run: RunToContinue;
  start(more?: Partial<RunToContinue>): ReturnType<typeof continueRun>;
  /** Another process that submits. */
  other(): Pick<RunToContinue, "submitter"> & { readonly actor: Actor };
}

/** What a container does, without a source: finds its shards as the contract says, and lands a manifest for each. */
export async function landFake({ environment }: Attempt, stage: Stage): Promise<AttemptEnd> {
  const { OBJECT = "", RUN_ID = "", SUBMISSION = "", SIZE_CLASS } = environment;
  const index = environment["AWS_BATCH_JOB_ARRAY_INDEX"] ?? environment["PG_BRONZE_SHARD_INDEX"];
  const group = async () => {
    const key = Number(SUBMISSION);
    const reading = stage.submissions.get(key) ?? readSubmission(stage.containerSink, OBJECT, parseRunId(RUN_ID), key);
    stage.submissions.set(key, reading);
    return (await reading)?.groups.find(({ size_class }) => size_class === SIZE_CLASS);
  };
  for (const shard of (await group())?.jobs[Number(index)] ?? []) {
    const key = `dataset=parcel/${shard}.parquet`;
    const { run, planned_at, fingerprint } = stage.plan;
    const files = [{ ...manifest.files[0]!, key, url: `${stage.plan.sink}/${key}` }];
    await writeLanded(stage.containerSink, { ...manifest, run, planned_at, fingerprint, shard: parseShardId(shard), files });
  }
  return OK;
}

/** What a container does, but for the source and the command line: claims, lands, and ends as the job it is. */
export async function landReal({ environment, signal }: Attempt, { plan, containerSink }: Stage): Promise<AttemptEnd> {
  const { SUBMISSION, SIZE_CLASS: sizeClass, NO_PUBLISH } = environment;
  const index = Number(environment["AWS_BATCH_JOB_ARRAY_INDEX"] ?? environment["PG_BRONZE_SHARD_INDEX"]);
  const publish = NO_PUBLISH === "1" ? null : { allowPartial: false, allowShrink: false, maxShrink: 0.05 };
  const events = { begun: () => {}, waiting: () => {}, ended: () => {} };
  try {
    const shards = await jobShards(containerSink, plan, { submission: Number(SUBMISSION), sizeClass, index });
    const context = fakeRun(containerSink, { plan, rows: () => "rows", signal });
    return ENDS.exit(jobExitCode(await runJob(shards, context, publish, events)));
  } catch (error) {
    return ENDS.exit(signal.aborted ? 143 : error instanceof BronzeError ? error.exitCode : 1);
  }
}

/** Never ends by itself. */
export async function hang({ signal }: Attempt): Promise<AttemptEnd> {
  await delay(2 ** 30, undefined, { signal }).catch(() => {});
  return { exitCode: 143, statusReason: "Essential container in task exited" };
}
