import type { RunPlan } from "../ledger/plan.ts";
import type { Submission } from "../ledger/submissions.ts";
import type { ShardId } from "../model/ids.ts";

/**
 * Hands the shards of a planned run to something that runs `extract` for each. Whatever the engine, a job is the same process: it finds
 * its shards by RUN_ID and SHARD, or by RUN_ID, SUBMISSION, SIZE_CLASS and AWS_BATCH_JOB_ARRAY_INDEX, claims each in the ledger, and
 * lands it or says there why not. The ledger is the truth; an engine starts, stops and explains.
 */
export interface Submitter {
  readonly engine: Submission["engine"];

  /**
   * Starts the jobs of a submission that stands in the ledger. Submitting the same again is harmless: claims let no shard run twice.
   * An engine that runs them here resolves when all have ended, one that runs them elsewhere when it has taken them.
   * @throws BronzeError when nothing could be started; what a shard fails of stands in the ledger.
   */
  submit(work: Work): Promise<Submitted>;

  /** Ends what the engine still runs of the run. The ledger is told before, so nothing of it begins anew. */
  cancel(plan: RunPlan, submissions: readonly Submission[]): Promise<void>;

  /** What the engine itself says of shards (`CannotPullContainerError: …`, `OutOfMemoryError`); nothing for those it doesn't know. */
  explain(
    plan: RunPlan,
    submissions: readonly Submission[],
    shards: readonly ShardId[],
  ): Promise<ReadonlyMap<ShardId, Explanation>>;
}

export interface Work {
  readonly plan: RunPlan;
  readonly submission: Submission;
  readonly signal: AbortSignal;
}

export interface Submitted {
  /** For {@link Submission}; empty where nothing outlives this process. */
  readonly handles: Submission["handles"];
}

export interface Explanation {
  /** The engine's own word: RUNNABLE, FAILED. */
  readonly state: string;
  readonly reason: string | null;
  /** The page of its log. */
  readonly log: string | null;
  /** Where the log's lines are, and the command that prints those of all attempts; null where there are none yet. */
  readonly lines: LogLines | null;
}

export interface LogLines {
  readonly group: string;
  /** One for each attempt, the first one's first. */
  readonly streams: readonly string[];
  readonly command: string;
}

/** The variables that tell a job what to do, the same for every engine. */
export function jobEnvironment(plan: RunPlan, submission: Submission, sizeClass: string): Record<string, string> {
  return {
    OBJECT: plan.object,
    RUN_ID: plan.run,
    SINK: plan.sink,
    SUBMISSION: String(submission.number),
    SIZE_CLASS: sizeClass,
    ...(submission.no_publish === true ? { NO_PUBLISH: "1" } : {}),
  };
}
