import { LEDGER_VERSION } from "../ledger/fields.ts";
import type { PlannedShard, RunPlan } from "../ledger/plan.ts";
import { landedShards } from "../ledger/receipts.ts";
import { shardStates } from "../ledger/status.ts";
import { createSubmission, type Submission } from "../ledger/submissions.ts";
import { VERSION } from "../model/version.ts";
import { type JobGroup, packJobs } from "../plan/pack.ts";
import type { Sink } from "../sink/sink.ts";

export interface StartOptions {
  /** Small shards to a job. */
  readonly pack?: number;
  /** Also those that somebody works on, to be waited for; without, only what is missing, failed or lost. */
  readonly withRunning: boolean;
  /** The jobs leave `current.json` as it is. */
  readonly noPublish?: boolean | undefined;
}

/** Writes down what of a run is to be submitted now; null when nothing is left. Nothing is started by it. */
export async function startSubmission(
  sink: Sink,
  plan: RunPlan,
  engine: Submission["engine"],
  { pack = 1, withRunning, noPublish }: StartOptions,
): Promise<Submission | null> {
  const open = withRunning ? await unlanded(sink, plan) : await unheld(sink, plan);
  const groups = packJobs(open, pack);
  if (groups.length === 0) return null;
  return createSubmission(sink, newSubmission(plan, engine, groups, noPublish));
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

/** A submission before anybody was asked to run it. */
export function newSubmission(
  plan: RunPlan,
  engine: Submission["engine"],
  groups: readonly JobGroup[],
  noPublish = false,
): Omit<Submission, "number"> {
  return {
    version: LEDGER_VERSION,
    object: plan.object,
    run: plan.run,
    engine,
    groups: groups.map(({ size_class, jobs }) => ({ size_class, jobs: jobs.map((job) => [...job]) })),
    handles: [],
    ...(noPublish ? { no_publish: true } : {}),
    submitted_at: new Date().toISOString(),
    tool: `pg-bronze ${VERSION}`,
  };
}
