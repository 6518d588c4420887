import type { Actor } from "../ledger/actor.ts";
import { beginHandOver, HandOver, takeHandOver } from "../ledger/hand-over.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { isStopped } from "../ledger/stop.ts";
import { addHandles, readSubmissions, type Submission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import type { ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { retryHint } from "./hints.ts";
import { type OpenOptions, openShards } from "./open-shards.ts";
import { newSubmission, unlanded } from "./start-submission.ts";
import { type JobProgress, requireReady, type Submitter } from "./submitter.ts";

/**
 * `submitted`: what hadn't landed, for the first time or again · `resumed`: a submission whose process died, completed · `running`: jobs
 * are under way, so nothing was submitted · `landed`: there is nothing left to do · `left alone`: what is left failed for good, or too often.
 */
export type Start = "submitted" | "resumed" | "running" | "landed" | "left alone";

export interface Started {
  readonly start: Start;
  /** What the submitter was handed so far, the last one last. */
  readonly submissions: readonly Submission[];
  /** Shards that failed in a way that trying them again can't help. */
  readonly leftAlone: readonly ShardId[];
}

export interface WantedSubmission extends OpenOptions {
  readonly sink: Sink;
  readonly plan: RunPlan;
  readonly submitter: Submitter;
  readonly actor: Actor;
  /** Small shards to a job. */
  readonly pack?: number | undefined;
  readonly noPublish: boolean;
  readonly signal: AbortSignal;
  /** Makes no submission of a later round than this; null: the first round of a new request. */
  readonly mostRounds: number | null;
  /** Another process is handing a submission over: this one waits for it. */
  waiting(owner: string): void;
}

/** A held submission is looked at this often, in case its holder ends or fails. */
const POLL_MS = 2_000;
/** A submitter that lags knows of a job after this time at the latest. */
const KNOWN_AFTER_MS = 5 * 60_000;

/**
 * Sees to it that what is worth it of a run is submitted to a submitter whose jobs outlive this process, once, whoever else tries to: each
 * submission follows from the one before, and one process hands it over. See the stages in ledger/submissions.ts.
 * @throws BronzeError USAGE for a run that was cancelled
 */
export async function submitOnce(wanted: WantedSubmission): Promise<Started> {
  const { sink, plan, submitter, actor, signal, mostRounds } = wanted;
  for (let looks = 0; ; looks++) {
    await refuseStopped(sink, plan);
    const all = await readSubmissions(sink, plan.object, plan.run);
    const submissions = all.filter(({ engine }) => engine === submitter.name);
    const missing = await unlanded(sink, plan);
    if (missing.length === 0) return { start: "landed", submissions, leftAlone: [] };
    // Before the ledger says that anything was submitted.
    await requireReady(submitter);
    const last = submissions.at(-1);
    if (last !== undefined && isBegun(last)) {
      const taken = await takeHandOver(sink, actor, last);
      if (taken instanceof HandOver) {
        const done = await handOver(wanted, taken);
        if (done !== null) return { start: "resumed", submissions: [...submissions.slice(0, -1), done], leftAlone: [] };
      }
      if (taken instanceof HandOver || taken === null) continue;
      if (looks === 0) wanted.waiting(taken.owner);
      await actor.clock.sleep(Math.max(100, Math.min(POLL_MS, taken.freeInMs + 1)), signal);
      continue;
    }
    const isFollowed = last !== undefined && last.cancelled_at === null;
    if (isFollowed && !(await haveEnded(sink, last, await submitter.progress([last], signal)))) {
      return { start: "running", submissions, leftAlone: [] };
    }
    const { shards, leftAlone } = await openShards(sink, plan, missing, submitter, all, wanted);
    const round = mostRounds === null ? 1 : (last?.round ?? 0) + 1;
    if (shards.length === 0) return { start: leftAlone.length === 0 ? "landed" : "left alone", submissions, leftAlone };
    if (mostRounds !== null && round > mostRounds) return { start: "left alone", submissions, leftAlone };
    const { pack, noPublish } = wanted;
    const facts = { engine: submitter.name, number: (all.at(-1)?.number ?? 0) + 1, shards, pack, round, noPublish };
    const made = await beginHandOver(sink, actor, await newSubmission(sink, plan, facts));
    const done = made === null ? null : await handOver(wanted, made);
    if (done !== null) return { start: "submitted", submissions: [...submissions, done], leftAlone };
  }
}

/** Somebody hands it over, or didn't end doing so. */
function isBegun({ cancelled_at, holder, handed_over_at }: Submission): boolean {
  return cancelled_at === null && (holder !== null || handed_over_at === null);
}

/** Whether all jobs of a submission have ended. What a submitter doesn't know of may also be too new for it. */
export async function haveEnded(sink: Sink, { handed_over_at }: Submission, progress: JobProgress): Promise<boolean> {
  const { waiting, running, forgotten } = progress;
  if (waiting + running > 0) return false;
  if (forgotten === 0) return true;
  return (await sink.now()).getTime() - Date.parse(handed_over_at ?? "") > KNOWN_AFTER_MS;
}

export async function refuseStopped(sink: Sink, plan: RunPlan): Promise<void> {
  if (await isStopped(sink, plan.object, plan.run)) throw cancelled(plan);
}

function cancelled(plan: RunPlan): BronzeError {
  return new BronzeError("USAGE", `Run ${plan.run} was cancelled`, {
    hint: retryHint("Take it up again with", plan),
    context: { run: plan.run },
  });
}

/**
 * The ledger knows of a submission before the submitter does, and of each job as soon as it is made.
 * @returns null where this process fell silent, and somebody else may go on: look again
 */
async function handOver({ plan, sink, submitter, signal }: WantedSubmission, own: HandOver): Promise<Submission | null> {
  own.keepAlive();
  try {
    // Whoever cancels says so before they look for submissions: one of the two sees the other.
    await refuseStopped(sink, plan);
    const work = { plan, submission: own.submission, signal: AbortSignal.any([signal, own.lost]) };
    await submitter.submit({ ...work, made: (handle) => own.made(handle) });
    await own.finish();
    return own.submission;
  } catch (error) {
    if (own.lost.aborted) {
      // What was made meanwhile must not be lost: a job that nobody knows of can't be followed or ended.
      const now = await addHandles(sink, own.submission, own.handles);
      signal.throwIfAborted();
      if (now === null || now.cancelled_at === null) return null;
      // Who may not, or can't, leaves it to its jobs: they find the submission cancelled, and end.
      await submitter.cancel(plan, [now]).catch(() => {});
      throw cancelled(plan);
    }
    // What may have been made shows in the submitter's lists by the time the lease is over.
    if (!isUnknown(error)) await own.giveBack().catch(() => {});
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return !(error instanceof BronzeError) || error.context["outcome"] === "unknown";
}
