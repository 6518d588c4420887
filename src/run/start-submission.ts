import { LEDGER_VERSION } from "../ledger/fields.ts";
import type { PlannedShard, RunPlan } from "../ledger/plan.ts";
import { landedShards } from "../ledger/receipts.ts";
import { shardStates } from "../ledger/status.ts";
import { createSubmission, type Submission } from "../ledger/submissions.ts";
import { VERSION } from "../model/version.ts";
import { packJobs } from "../plan/pack.ts";
import type { Sink } from "../sink/sink.ts";

/** A submission before it is written, but for who hands it over. */
export type NewSubmission = Omit<Submission, "holder">;

export interface StartOptions {
  /** Also those that somebody works on, to be waited for; without, only what is missing, failed or lost. */
  readonly withRunning: boolean;
  /** The jobs leave `current.json` as it is. */
  readonly noPublish?: boolean | undefined;
}

/** Writes down which shards this process lands now; null when nothing is left. Nothing is started by it. */
export async function startSubmission(
  sink: Sink,
  plan: RunPlan,
  engine: Submission["engine"],
  { withRunning, noPublish }: StartOptions,
): Promise<Submission | null> {
  const open = withRunning ? await unlanded(sink, plan) : await unheld(sink, plan);
  if (open.length === 0) return null;
  const submission = await newSubmission(sink, plan, { engine, number: 1, shards: open, noPublish });
  return createSubmission(sink, { ...submission, holder: null, handed_over_at: submission.submitted_at });
}

/** Shards without a receipt. */
export async function unlanded(sink: Sink, plan: RunPlan): Promise<PlannedShard[]> {
  const landed = await landedShards(sink, plan.object, plan.run);
  return plan.shards.filter(({ id }) => !landed.has(id));
}

/** Shards that nobody works on and that haven't landed. One whose record can't be read is tried, and then says so itself. */
async function unheld(sink: Sink, plan: RunPlan): Promise<PlannedShard[]> {
  const states = await shardStates(sink, plan);
  const wanted = new Set(["missing", "failed", "lost"]);
  return plan.shards.filter((_, i) => wanted.has(states[i]!.status));
}

export interface SubmissionFacts {
  readonly engine: Submission["engine"];
  readonly number: number;
  readonly shards: readonly Pick<PlannedShard, "id" | "size_class">[];
  /** Small shards to a job. Default 1. */
  readonly pack?: number | undefined;
  /** Default 1. */
  readonly round?: number;
  readonly noPublish?: boolean | undefined;
}

/** A submission before anybody was asked to run it. */
export async function newSubmission(
  sink: Sink,
  plan: RunPlan,
  { engine, number, shards, pack = 1, round = 1, noPublish = false }: SubmissionFacts,
): Promise<NewSubmission> {
  return {
    version: LEDGER_VERSION,
    object: plan.object,
    run: plan.run,
    number,
    seq: 1,
    engine,
    round,
    groups: packJobs(shards, pack).map(({ size_class, jobs }) => ({ size_class, jobs: jobs.map((job) => [...job]) })),
    handles: [],
    handed_over_at: null,
    cancelled_at: null,
    ...(noPublish ? { no_publish: true } : {}),
    submitted_at: (await sink.now()).toISOString(),
    tool: `pg-bronze ${VERSION}`,
  };
}
