import type { JobDetail } from "@aws-sdk/client-batch";
import type { Submission } from "../../ledger/submissions.ts";
import type { JobProgress } from "../../run/submitter.ts";
import type { BatchApi } from "./api.ts";

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
export async function batchProgress(api: BatchApi, handles: Handles, signal?: AbortSignal): Promise<JobProgress> {
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
