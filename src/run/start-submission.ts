import type { ShardClaim } from "../ledger/claim.ts";
import { situationOf } from "../ledger/claim-states.ts";
import { readClaims } from "../ledger/claims.ts";
import { landedShards } from "../ledger/landed.ts";
import { LEDGER_VERSION } from "../ledger/manifest.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { createSubmission, type Submission } from "../ledger/submissions.ts";
import { parseRunId } from "../model/ids.ts";
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
  const run = parseRunId(plan.run);
  const [landed, claims] = await Promise.all([landedShards(sink, plan.object, run), readClaims(sink, plan.object, run)]);
  const now = new Date();
  // A shard of which the claim can't be read is tried, and then says so itself.
  const isRunning = (claim: ShardClaim): boolean => situationOf(claim, false, "", now) === "stranger";
  const running = new Set(claims.flatMap((one) => ("value" in one && isRunning(one.value) ? [one.name] : [])));
  const open = plan.shards.filter(({ id }) => !landed.has(id) && (withRunning || !running.has(id)));
  const groups = packJobs(open, pack);
  if (groups.length === 0) return null;
  return createSubmission(sink, newSubmission(plan, engine, groups, noPublish));
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
