import type { RunPlan } from "../ledger/plan.ts";
import type { Handle, Submission } from "../ledger/submissions.ts";
import type { ShardId } from "../model/ids.ts";

/**
 * Hands the shards of a planned run to something that runs `extract` for each. Whatever the submitter, a job is the same process: it finds
 * its shards by RUN_ID and SHARD, or by RUN_ID, SUBMISSION, SIZE_CLASS and its index in an array, claims each in the ledger, and lands it
 * or says there why not. The ledger is the truth; a submitter starts, stops and explains.
 */
export interface Submitter {
  /** Of its row in the table of submitters; submissions in the ledger name it. */
  readonly name: string;
  /** Its jobs go on when this process has ended. */
  readonly outlives: boolean;

  /** Reaches it. @returns where it is, for people: `in us-east-2`. */
  connect(): Promise<string>;

  /** What its jobs need beside that, each to be asked for by itself. */
  checks(): readonly Check[];

  /** What `submit` would send, one object for each request: for a dry run. Nothing is asked for, sent or written. */
  inputs(work: Pick<Work, "plan" | "submission">): readonly object[];

  /**
   * Starts the jobs of a submission that stands in the ledger, but for those that its handles name. Submitting the same again is harmless:
   * claims let no shard run twice. One that runs jobs here resolves when all have ended, one whose jobs outlive this process when it has
   * taken them; that one ends no request half-way when the signal aborts, and starts no further one.
   * @throws BronzeError when not all could be started, with `outcome: "unknown"` in its context when more may have been than it told of;
   * what a shard fails of stands in the ledger.
   */
  submit(work: Work): Promise<void>;

  /** Counts the jobs of submissions by where they stand. What it was told a moment ago it may not know yet. */
  progress(submissions: readonly Submission[], signal: AbortSignal): Promise<JobProgress>;

  /** Ends what still runs of these submissions, soon. The ledger is told before, so nothing of it begins anew. */
  cancel(plan: RunPlan, submissions: readonly Submission[]): Promise<void>;

  /** What the submitter itself knows of shards (`CannotPullContainerError: …`, `OutOfMemoryError`); those it doesn't know are left out. */
  explain(submissions: readonly Submission[], shards: readonly ShardId[]): Promise<ReadonlyMap<ShardId, Explanation>>;

  /**
   * The lines of a job's log, the first attempt's first; the last `tail` of them, or all for null. Absent where no log outlives a job.
   * @throws BronzeError that says why they can't be read
   */
  readLog?(lines: LogLines, tail: number | null, signal: AbortSignal): Promise<LogLine[]>;

  /** Lets go of its connections. */
  close(): void;
}

/** Asks for everything that jobs need. @throws BronzeError for the first thing that is missing */
export async function requireReady(submitter: Submitter): Promise<void> {
  await submitter.connect();
  for (const check of submitter.checks()) await check.run();
}

export interface Work {
  readonly plan: RunPlan;
  readonly submission: Submission;
  readonly signal: AbortSignal;
  /** Called for each job that was started, at once: what is not told of can't be followed or ended. Never where none outlives this process. */
  made(handle: Handle): void;
}

/** One thing that jobs need. */
export interface Check {
  readonly name: string;
  /** @returns what was found, as a sentence without its full stop. @throws BronzeError that says what is missing, and what to do */
  run(): Promise<string>;
}

/** Jobs by where they stand. Of `forgotten` ones the submitter knows nothing: they ended long ago, or it hasn't heard of them yet. */
export interface JobProgress {
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly forgotten: number;
}

export interface Explanation {
  /** The submitter's own word: RUNNABLE, FAILED. */
  readonly state: string;
  readonly reason: string | null;
  /** Its last attempt ended for lack of memory: `perhaps` where it was only killed. */
  readonly outOfMemory?: "yes" | "perhaps" | undefined;
  /** The page of its log. */
  readonly log: string | null;
  /** Where the log's lines are, and the command that prints those of all attempts; null where there are none yet. */
  readonly lines: LogLines | null;
}

export interface LogLine {
  /** From 1. */
  readonly attempt: number;
  readonly at: string;
  readonly message: string;
}

export interface LogLines {
  readonly group: string;
  /** One for each attempt, the first one's first. */
  readonly streams: readonly string[];
  readonly command: string;
}

/** The variables that tell a job what to do, the same for every submitter. */
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
