import { type Actor, thisProcess } from "../ledger/actor.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { readSubmissions, type Submission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import type { ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { type FinishedRun, finishRun, type WhenWhole } from "./finish.ts";
import { commandOn } from "./hints.ts";
import { newSubmission, startSubmission, unlanded } from "./start-submission.ts";
import { haveEnded, refuseStopped, type Start, type Started, submitOnce } from "./submit-once.ts";
import type { JobProgress, Submitter } from "./submitter.ts";

export interface RunToContinue {
  readonly sink: Sink;
  readonly plan: RunPlan;
  readonly submitter: Submitter;
  /** Small shards to a job. Default 1. */
  readonly pack?: number | undefined;
  /** On this machine: also shards that another process works on, to be waited for; without, only what is missing, failed or lost. */
  readonly withRunning: boolean;
  /** On other machines: also shards that failed in a way that trying them again can't help. Default false. */
  readonly evenHopeless?: boolean;
  /** Jobs that outlive this process are followed to their end; otherwise the last of them publishes the run. */
  readonly wait: boolean;
  readonly publish: WhenWhole;
  readonly signal: AbortSignal;
  /** Default: this process. */
  readonly actor?: Actor;
  /** Called once it is known how the run goes on, and what stands in the ledger; again for each further round. */
  started(start: Start, submissions: readonly Submission[]): void;
  /** Called when another process is handing over the run's jobs. */
  waiting?(owner: string): void;
  /** Called at every look at jobs that are followed. */
  progress(progress: JobProgress): void;
  /** First pause between two looks; grows by half up to 30 s. Default 1 s. */
  readonly pauseMs?: number;
}

export interface ContinuedRun {
  readonly start: Start;
  /** What the submitter was handed so far, the last one last. */
  readonly submissions: readonly Submission[];
  /** Shards that failed in a way that trying them again can't help, and were not submitted again. */
  readonly leftAlone: readonly ShardId[];
  /** How the run ended; null while its jobs are under way and nobody waits for them. */
  readonly finished: FinishedRun | null;
}

/** How often what is worth another try is submitted by whoever follows a run, the first time included. Jobs are tried again by themselves, too. */
const MOST_ROUNDS = 3;

/**
 * Brings a planned run to its end by a submitter, from whatever state it is in.
 * @throws BronzeError USAGE for a run that was cancelled, CANCELLED when the signal aborts: jobs that outlive this process then go on
 */
export async function continueRun(run: RunToContinue): Promise<ContinuedRun> {
  const { sink, plan, submitter, publish } = run;
  await refuseStopped(sink, plan);
  if (!submitter.outlives) {
    const started = await startHere(run);
    return { ...started, finished: await finishRun(sink, plan, publish) };
  }
  let started = said(run, await submitOnce(wantedOf(run, null)));
  const { start } = started;
  if (!run.wait && isUnderWay(started)) return { ...started, finished: null };
  while (isUnderWay(started)) {
    await follow(run, started.submissions);
    started = await submitOnce(wantedOf(run, MOST_ROUNDS));
    if (isUnderWay(started)) said(run, started);
  }
  return { ...started, start, finished: await finishRun(sink, plan, publish) };
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
  const number = (before.at(-1)?.number ?? 0) + 1;
  const facts = { engine: submitter.name, number, shards: await unlanded(sink, plan), pack, noPublish: publish === null };
  return { ...(await newSubmission(sink, plan, facts)), holder: null };
}

/** Nothing of an earlier process is still under way but its claims: what is open is submitted, and has ended when this returns. */
async function startHere(run: RunToContinue): Promise<Started> {
  const { sink, plan, submitter, withRunning, publish, signal } = run;
  const submission = await startSubmission(sink, plan, submitter.name, { withRunning, noPublish: publish === null });
  if (submission === null) return said(run, { start: "landed", submissions: [], leftAlone: [] });
  const started = said(run, { start: "submitted", submissions: [submission], leftAlone: [] });
  await submitter.submit({ plan, submission, signal, made: () => {} });
  return started;
}

function wantedOf(run: RunToContinue, mostRounds: number | null): Parameters<typeof submitOnce>[0] {
  const { sink, plan, submitter, pack, publish, signal, evenHopeless = false } = run;
  return {
    ...{ sink, plan, submitter, pack, signal, mostRounds },
    actor: run.actor ?? thisProcess(),
    noPublish: publish === null,
    // Said once, it means what had failed until then.
    evenHopeless: evenHopeless && mostRounds === null,
    waiting: (owner) => run.waiting?.(owner),
  };
}

function isUnderWay({ start }: Started): boolean {
  return start !== "landed" && start !== "left alone";
}

function said(run: RunToContinue, started: Started): Started {
  run.started(started.start, started.submissions);
  return started;
}

/** Looks until all jobs of the last submission have ended; those before it had. Aborting stops the looking, not the jobs. */
async function follow(run: RunToContinue, submissions: readonly Submission[]): Promise<void> {
  const { sink, plan, submitter, signal } = run;
  const { clock } = run.actor ?? thisProcess();
  const last = submissions.at(-1)!;
  try {
    for (let pauseMs = run.pauseMs ?? 1_000; ; pauseMs = Math.min(pauseMs * 1.5, 30_000)) {
      const progress = await submitter.progress([last], signal);
      run.progress(progress);
      if (await haveEnded(sink, last, progress)) return;
      await clock.sleep(pauseMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new BronzeError("CANCELLED", `Stopped watching run ${plan.run}; its jobs go on`, {
      hint: `Watch again with the same command, or end them: ${commandOn("cancel", plan)}`,
      cause: error,
    });
  }
}
