import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createPlan, type RunPlan } from "../../../src/ledger/plan.ts";
import { readSubmission, type Submission } from "../../../src/ledger/submissions.ts";
import { parseRunId, parseShardId } from "../../../src/model/ids.ts";
import { continueRun, type RunToContinue } from "../../../src/run/continue.ts";
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
  startBatchServer,
  testDefinition,
  testQueue,
} from "../../support/batch-server/index.ts";
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
    readonly queues?: Parameters<typeof startBatchServer>[0]["queues"];
  } = {},
) {
  const s3 = await startS3Server();
  const open = () => openSink("s3://bronze/lake", { endpoint: s3.endpoint, credentials: s3.credentials, region: "us-east-2" });
  const [sink, containerSink] = [await open(), await open()];
  const { plan } = await createPlan(sink, samplePlan(geoids, sink.url));
  const holder: { stage: Stage | null } = { stage: null };
  const server = await startBatchServer({
    queues: options.queues ?? [testQueue(TARGET.batch_queue)],
    definitions: [testDefinition(TARGET.batch_job_definition)],
    run: (attempt) => (options.land ?? landFake)(attempt, holder.stage!),
    maxVcpus: 16,
  });
  Object.assign(process.env, server.env);
  const submitter = batchSubmitter({
    name: "batch",
    connect: () => connectBatch({ env: server.env }),
    target: TARGET,
    backoffMs: 1,
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  });
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
    run,
  };
  holder.stage = made;
  t.after(async () => {
    await server.close();
    submitter.close();
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
}

/** What a container does, without a source: finds its shards as the contract says, and lands a manifest for each. */
export async function landFake({ environment }: Attempt, stage: Stage): Promise<AttemptEnd> {
  const { OBJECT = "", RUN_ID = "", SUBMISSION = "", SIZE_CLASS, SHARD, AWS_BATCH_JOB_ARRAY_INDEX: index } = environment;
  const group = async () => {
    const key = Number(SUBMISSION);
    const reading = stage.submissions.get(key) ?? readSubmission(stage.containerSink, OBJECT, parseRunId(RUN_ID), key);
    stage.submissions.set(key, reading);
    return (await reading)?.groups.find(({ size_class }) => size_class === SIZE_CLASS);
  };
  for (const shard of SHARD?.split(",") ?? (await group())?.jobs[Number(index)] ?? []) {
    const key = `dataset=parcel/${shard}.parquet`;
    const { run, planned_at, fingerprint } = stage.plan;
    const files = [{ ...manifest.files[0]!, key, url: `${stage.plan.sink}/${key}` }];
    await writeLanded(stage.containerSink, { ...manifest, run, planned_at, fingerprint, shard: parseShardId(shard), files });
  }
  return OK;
}

/** Never ends by itself. */
export async function hang({ signal }: Attempt): Promise<AttemptEnd> {
  await delay(2 ** 30, undefined, { signal }).catch(() => {});
  return { exitCode: 143, statusReason: "Essential container in task exited" };
}
