import type { RunPlan } from "../../ledger/plan.ts";
import { readSubmissions, type Submission, updateSubmission } from "../../ledger/submissions.ts";
import { packJobs } from "../../plan/pack.ts";
import { newSubmission, startSubmission, unlanded } from "../../run/start-submission.ts";
import type { Sink } from "../../sink/sink.ts";
import type { Submitter } from "../contract.ts";
import type { BatchApi } from "./api.ts";
import { batchProgress, isOver } from "./follow.ts";

export interface BatchRun {
  readonly plan: RunPlan;
  readonly sink: Sink;
  readonly api: BatchApi;
  readonly submitter: Submitter;
  /** Small shards to a job. */
  readonly pack: number;
  readonly noPublish?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * `submitted`: what hadn't landed, for the first time or again · `resumed`: a submission whose answer was lost, completed · `running`: jobs
 * are under way, so nothing was submitted · `landed`: there is nothing left to do.
 */
export type BatchStart = "submitted" | "resumed" | "running" | "landed";

/** Brings a planned run to AWS Batch from whatever state it is in. @returns the submissions that it has now. */
export async function startBatchRun(run: BatchRun): Promise<{ start: BatchStart; submissions: readonly Submission[] }> {
  const { plan, sink, api, signal } = run;
  const submissions = (await readSubmissions(sink, plan.object, plan.run)).filter(({ engine }) => engine === "batch");
  const last = submissions.at(-1);
  if ((await unlanded(sink, plan)).length === 0) return { start: "landed", submissions };
  if (last !== undefined && last.handles.length === 0) {
    return { start: "resumed", submissions: [...submissions.slice(0, -1), await handOver(run, last)] };
  }
  const handles = submissions.flatMap((submission) => submission.handles);
  if (handles.length > 0 && !isOver(await batchProgress(api, handles, signal))) return { start: "running", submissions };
  // A claim that nobody let go of is of a container that died: the next one waits for its end.
  const next = await startSubmission(sink, plan, "batch", { pack: run.pack, withRunning: true, noPublish: run.noPublish });
  if (next === null) return { start: "landed", submissions };
  return { start: "submitted", submissions: [...submissions, await handOver(run, next)] };
}

/** The submission that {@link startBatchRun} would make next, for a dry run: nothing is written. */
export async function nextBatchSubmission({
  plan,
  sink,
  pack,
  noPublish,
}: Pick<BatchRun, "plan" | "sink" | "pack" | "noPublish">): Promise<Submission> {
  const before = await readSubmissions(sink, plan.object, plan.run);
  const groups = packJobs(await unlanded(sink, plan), pack);
  return { ...newSubmission(plan, "batch", groups, noPublish), number: (before.at(-1)?.number ?? 0) + 1 };
}

/** The ledger knows of a submission before Batch does, and learns its ids after. */
async function handOver({ plan, sink, submitter, signal }: BatchRun, submission: Submission): Promise<Submission> {
  const { handles } = await submitter.submit({ plan, submission, signal });
  const known = { ...submission, handles: [...handles] };
  await updateSubmission(sink, known);
  return known;
}
