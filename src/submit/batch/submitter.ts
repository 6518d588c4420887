import type { RunPlan } from "../../ledger/plan.ts";
import type { Submission } from "../../ledger/submissions.ts";
import type { Submitter } from "../contract.ts";
import type { BatchApi } from "./api.ts";
import { explainShards } from "./explain.ts";
import { type BatchMode, type BatchTarget, batchJobs, jobNamePrefix } from "./input.ts";
import { preflight } from "./preflight.ts";
import { findJobs, submitJobs } from "./submit.ts";

export interface BatchOptions {
  readonly api: BatchApi;
  readonly target: BatchTarget;
  /** Default: array. */
  readonly mode?: BatchMode;
  readonly backoffMs?: number;
}

/** AWS Batch: one array of jobs for each size class, or a job for each by itself; see docs of {@link batchJobs} and {@link submitJobs}. */
export function batchSubmitter({ api, target, mode = "array", backoffMs }: BatchOptions): Submitter {
  return {
    engine: "batch",
    submit: async ({ plan, submission, signal }) => {
      const jobs = batchJobs(plan, submission, target, mode);
      await preflight(api, target);
      const options = { ...whoseJobs(plan, submission), signal, ...(backoffMs === undefined ? {} : { backoffMs }) };
      return { handles: await submitJobs(api, jobs, options) };
    },
    cancel: async (plan, submissions) => {
      for (const submission of submissions) await terminate(api, plan, submission, target);
    },
    explain: (_plan, submissions, shards) => explainShards(api, submissions.filter(isBatch), shards),
  };
}

function isBatch({ engine }: Submission): boolean {
  return engine === "batch";
}

function whoseJobs(plan: RunPlan, submission: Submission): { prefix: string; submittedAt: Date } {
  return { prefix: jobNamePrefix(plan, submission), submittedAt: new Date(submission.submitted_at) };
}

/** Ends what Batch has of a submission, also jobs whose ids never came back. Terminating an array ends its children. */
async function terminate(api: BatchApi, plan: RunPlan, submission: Submission, target: BatchTarget): Promise<void> {
  if (!isBatch(submission)) return;
  const listed = await findJobs(api, target.batch_queue, whoseJobs(plan, submission));
  const ids = new Set([...submission.handles.map(({ id }) => id), ...listed.values()]);
  for (const id of ids) await api.terminateJob(id, `pg-bronze cancel ${plan.run}`);
}
