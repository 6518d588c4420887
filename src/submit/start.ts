import { LEDGER_VERSION } from "../ledger/manifest.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { runStatus, type ShardStatus } from "../ledger/status.ts";
import { createSubmission, type Submission } from "../ledger/submissions.ts";
import { parseRunId } from "../model/ids.ts";
import { VERSION } from "../model/version.ts";
import { packJobs } from "../plan/pack.ts";
import type { Sink } from "../sink/sink.ts";

export interface StartOptions {
  /** Small shards to a job. */
  readonly pack?: number;
  /** Also those that somebody works on, to be waited for; without, only what is missing, failed or lost. */
  readonly withRunning: boolean;
}

/** Writes down what of a run is to be submitted now; null when nothing is left. Nothing is started by it. */
export async function startSubmission(
  sink: Sink,
  plan: RunPlan,
  engine: Submission["engine"],
  { pack = 1, withRunning }: StartOptions,
): Promise<Submission | null> {
  const status = await runStatus(sink, plan.object, parseRunId(plan.run));
  const wanted: readonly ShardStatus[] = ["missing", "failed", "lost", ...(withRunning ? (["running"] as const) : [])];
  const open = new Set(status?.shards.filter((shard) => wanted.includes(shard.status)).map(({ shard }) => shard as string));
  const groups = packJobs(
    plan.shards.filter(({ id }) => open.has(id)),
    pack,
  );
  if (groups.length === 0) return null;
  return createSubmission(sink, {
    version: LEDGER_VERSION,
    object: plan.object,
    run: plan.run,
    engine,
    groups: groups.map(({ size_class, jobs }) => ({ size_class, jobs: jobs.map((job) => [...job]) })),
    handles: [],
    submitted_at: new Date().toISOString(),
    tool: `pg-bronze ${VERSION}`,
  });
}
