import { setTimeout as delay } from "node:timers/promises";
import type { JobDetail } from "@aws-sdk/client-batch";
import type { Submission } from "../../ledger/submissions.ts";
import type { BatchApi } from "./api.ts";

/** Jobs by what Batch says of them; `forgotten` ones ended so long ago that it doesn't know them any more. */
export interface BatchProgress {
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly forgotten: number;
}

const BUCKET: Readonly<Record<string, "waiting" | "running" | "succeeded" | "failed">> = {
  SUBMITTED: "waiting",
  PENDING: "waiting",
  RUNNABLE: "waiting",
  STARTING: "running",
  RUNNING: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
};

type Handles = Submission["handles"];

/** Counts the jobs behind handles: the children of an array by its parent's summary. One request for each 100 handles. */
export async function batchProgress(api: BatchApi, handles: Handles, signal?: AbortSignal): Promise<BatchProgress> {
  const counts = { waiting: 0, running: 0, succeeded: 0, failed: 0, forgotten: 0 };
  const jobs = await api.describeJobs(
    handles.map(({ id }) => id),
    signal,
  );
  for (const job of jobs) {
    for (const [status, count] of Object.entries(summaryOf(job))) counts[BUCKET[status] ?? "waiting"] += count;
  }
  return { ...counts, forgotten: handles.length - jobs.length };
}

function summaryOf(job: JobDetail): Record<string, number> {
  const status = job.status ?? "SUBMITTED";
  const summary = job.arrayProperties?.statusSummary;
  return job.arrayProperties?.index === undefined && summary !== undefined && Object.values(summary).some((count) => count > 0)
    ? summary
    : { [status]: job.arrayProperties?.size ?? 1 };
}

export function isOver({ waiting, running }: BatchProgress): boolean {
  return waiting + running === 0;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  progress(progress: BatchProgress): void;
  /** First pause between two looks; grows by half up to 30 s. Default 1 s. */
  readonly pauseMs?: number;
}

/** Looks until all jobs have ended. Aborting stops the looking, not the jobs. @throws BronzeError CANCELLED */
export async function followBatch(api: BatchApi, handles: Handles, options: FollowOptions): Promise<BatchProgress> {
  for (let pauseMs = options.pauseMs ?? 1_000; ; pauseMs = Math.min(pauseMs * 1.5, 30_000)) {
    const progress = await batchProgress(api, handles, options.signal);
    options.progress(progress);
    if (isOver(progress)) return progress;
    await delay(pauseMs, undefined, { signal: options.signal }).catch(() => {
      throw options.signal.reason;
    });
  }
}
