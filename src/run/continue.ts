import { setTimeout as delay } from "node:timers/promises";
import type { RunPlan } from "../ledger/plan.ts";
import { isStopped } from "../ledger/stop.ts";
import { readSubmissions, type Submission, updateSubmission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import { packJobs } from "../plan/pack.ts";
import type { Sink } from "../sink/sink.ts";
import { type FinishedRun, finishRun, type WhenWhole } from "./finish.ts";
import { newSubmission, startSubmission, unlanded } from "./start-submission.ts";
import { type JobProgress, requireReady, type Submitter } from "./submitter.ts";

export interface RunToContinue {
  readonly sink: Sink;
  readonly plan: RunPlan;
  readonly submitter: Submitter;
  /** Small shards to a job. Default 1. */
  readonly pack?: number | undefined;
  /** Also shards that another process works on, to be waited for; without, only what is missing, failed or lost. */
  readonly withRunning: boolean;
  /** Jobs that outlive this process are followed to their end; otherwise the last of them publishes the run. */
  readonly wait: boolean;
  readonly publish: WhenWhole;
  readonly signal: AbortSignal;
  /** Called once it is known how the run goes on, and what stands in the ledger. */
  started(start: Start, submissions: readonly Submission[]): void;
  /** Called at every look at jobs that are followed. */
  progress(progress: JobProgress): void;
  /** First pause between two looks; grows by half up to 30 s. Default 1 s. */
  readonly pauseMs?: number;
}

/**
 * `submitted`: what hadn't landed, for the first time or again · `resumed`: a submission whose answer was lost, completed · `running`: jobs
 * are under way, so nothing was submitted · `landed`: there is nothing left to do.
 */
export type Start = "submitted" | "resumed" | "running" | "landed";

export interface ContinuedRun {
  readonly start: Start;
  /** What the submitter was handed so far, the last one last. */
  readonly submissions: readonly Submission[];
  /** How the run ended; null while its jobs are under way and nobody waits for them. */
  readonly finished: FinishedRun | null;
}

/**
 * Brings a planned run to its end by a submitter, from whatever state it is in.
 * @throws BronzeError USAGE for a run that was cancelled, CANCELLED when the signal aborts: jobs that outlive this process then go on
 */
export async function continueRun(run: RunToContinue): Promise<ContinuedRun> {
  const { sink, plan, submitter, publish } = run;
  await refuseStopped(sink, plan);
  const { start, submissions } = submitter.outlives ? await startOutliving(run) : await startHere(run);
  if (start !== "landed" && submitter.outlives) {
    if (!run.wait) return { start, submissions, finished: null };
    await follow(run, submissions);
  }
  return { start, submissions, finished: await finishRun(sink, plan, publish) };
}

/** The submission that {@link continueRun} would make next, for a dry run: nothing is written. */
export async function nextSubmission({
  sink,
  plan,
  submitter,
  pack,
  publish,
}: Pick<RunToContinue, "sink" | "plan" | "submitter" | "pack" | "publish">): Promise<Submission> {
  const before = await readSubmissions(sink, plan.object, plan.run);
  const groups = packJobs(await unlanded(sink, plan), pack);
  return { ...newSubmission(plan, submitter.name, groups, publish === null), number: (before.at(-1)?.number ?? 0) + 1 };
}

async function refuseStopped(sink: Sink, { object, run }: RunPlan): Promise<void> {
  if (!(await isStopped(sink, object, run))) return;
  throw new BronzeError("USAGE", `Run ${run} was cancelled`, { hint: `Take it up again with: pg-bronze retry ${run}` });
}

type Started = Pick<ContinuedRun, "start" | "submissions">;

/** Nothing of an earlier process is still under way but its claims: what is open is submitted, and has ended when this returns. */
async function startHere(run: RunToContinue): Promise<Started> {
  const { sink, plan, submitter, withRunning, publish, signal } = run;
  const submission = await startSubmission(sink, plan, submitter.name, { withRunning, noPublish: publish === null });
  if (submission === null) return said(run, { start: "landed", submissions: [] });
  const started = said(run, { start: "submitted", submissions: [submission] });
  await submitter.submit({ plan, submission, signal });
  return started;
}

async function startOutliving(run: RunToContinue): Promise<Started> {
  const { sink, plan, submitter, pack, publish, signal } = run;
  const submissions = (await readSubmissions(sink, plan.object, plan.run)).filter(({ engine }) => engine === submitter.name);
  if ((await unlanded(sink, plan)).length === 0) return said(run, { start: "landed", submissions });
  // Before the ledger says that anything was submitted.
  await requireReady(submitter);
  const last = submissions.at(-1);
  if (last !== undefined && last.handles.length === 0) {
    return said(run, { start: "resumed", submissions: [...submissions.slice(0, -1), await handOver(run, last)] });
  }
  if (submissions.length > 0 && !isOver(await submitter.progress(submissions, signal))) {
    return said(run, { start: "running", submissions });
  }
  // A claim that nobody let go of is of a job that died: the next one waits for its end.
  const options = { pack: pack ?? 1, withRunning: true, noPublish: publish === null };
  const next = await startSubmission(sink, plan, submitter.name, options);
  if (next === null) return said(run, { start: "landed", submissions });
  return said(run, { start: "submitted", submissions: [...submissions, await handOver(run, next)] });
}

function said(run: RunToContinue, started: Started): Started {
  run.started(started.start, started.submissions);
  return started;
}

/** The ledger knows of a submission before the submitter does, and learns its ids after. */
async function handOver({ plan, sink, submitter, signal }: RunToContinue, submission: Submission): Promise<Submission> {
  const { handles } = await submitter.submit({ plan, submission, signal });
  const known = { ...submission, handles: [...handles] };
  await updateSubmission(sink, known);
  return known;
}

function isOver({ waiting, running }: JobProgress): boolean {
  return waiting + running === 0;
}

/** Looks until all jobs have ended. Aborting stops the looking, not the jobs. */
async function follow(run: RunToContinue, submissions: readonly Submission[]): Promise<void> {
  const { plan, submitter, signal } = run;
  try {
    for (let pauseMs = run.pauseMs ?? 1_000; ; pauseMs = Math.min(pauseMs * 1.5, 30_000)) {
      const progress = await submitter.progress(submissions, signal);
      run.progress(progress);
      if (isOver(progress)) return;
      await delay(pauseMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new BronzeError("CANCELLED", `Stopped watching run ${plan.run}; its jobs go on`, {
      hint: `Watch again with the same command, or end them: pg-bronze cancel ${plan.run}`,
      cause: error,
    });
  }
}
