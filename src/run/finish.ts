import { type Current, type Move, publish, readCurrent } from "../ledger/current.ts";
import { LEDGER_VERSION } from "../ledger/manifest.ts";
import { type RunPlan, readPlan } from "../ledger/plan.ts";
import { type RunStatus, runStatus } from "../ledger/status.ts";
import { type RunSummary, writeSummary } from "../ledger/summary.ts";
import { parseRunId } from "../model/ids.ts";
import { VERSION } from "../model/version.ts";
import type { Sink } from "../sink/sink.ts";

/** What became of the pointer that readers go by. */
export type Publication =
  | { readonly published: true; readonly move: Move; readonly current: Current }
  | { readonly published: false; readonly move: Move | "incomplete" | "narrower" | "not asked"; readonly reason: string };

export interface FinishedRun {
  readonly status: RunStatus;
  readonly summary: RunSummary;
  readonly publication: Publication;
}

/** Counts what landed, writes the run's summary, and moves `current.json` when the run is whole, or when `partial` lets it. */
export async function finishRun(
  sink: Sink,
  plan: RunPlan,
  { publish: wanted, allowPartial }: { readonly publish: boolean; readonly allowPartial: boolean },
): Promise<FinishedRun> {
  const status = (await runStatus(sink, plan.object, parseRunId(plan.run)))!;
  const summary = summarize(status);
  await writeSummary(sink, summary);
  const publication: Publication = wanted
    ? await publishRun(sink, status, summary, allowPartial)
    : { published: false, move: "not asked", reason: "it was not asked for" };
  return { status, summary, publication };
}

/** The run in figures. Rows of the lookup that could not become a shard count as planned and failed. */
export function summarize({ plan, shards }: RunStatus): RunSummary {
  const manifests = shards.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]));
  const failures = shards.flatMap(({ shard, status, error }) =>
    status === "failed" && error !== null ? [{ shard, error }] : [],
  );
  const rejected = plan.rejected.map(({ label, error }) => ({
    shard: label,
    error: { code: "KEY_INVALID", message: error, hint: null, retryable: false },
  }));
  const planned = plan.shards.length + rejected.length;
  const failed = failures.length + rejected.length;
  return {
    version: LEDGER_VERSION,
    object: plan.object,
    run: plan.run,
    snapshot_dt: plan.snapshot_dt,
    sink: plan.sink,
    started_at: manifests.map(({ started_at }) => started_at).sort()[0] ?? plan.created_at,
    finished_at: new Date().toISOString(),
    planned,
    landed: manifests.length,
    failed,
    missing: planned - manifests.length - failed,
    rows: manifests.reduce((sum, { rows }) => sum + rows, 0),
    bytes: manifests.reduce((sum, { bytes }) => sum + bytes, 0),
    failures: [...failures, ...rejected],
    tool: `pg-bronze ${VERSION}`,
  };
}

async function publishRun(sink: Sink, status: RunStatus, summary: RunSummary, allowPartial: boolean): Promise<Publication> {
  const { plan, shards } = status;
  const absent = [
    ...shards.flatMap(({ shard, manifest }) => (manifest === null ? [shard] : [])),
    ...plan.rejected.map(({ label }) => label),
  ];
  if (!allowPartial) {
    if (absent.length > 0)
      return { published: false, move: "incomplete", reason: `${absent.length} of ${summary.planned} shards are absent` };
    const narrower = await isNarrower(sink, plan);
    if (narrower !== null) return { published: false, move: "narrower", reason: narrower };
  }
  const { move, current } = await publish(sink, {
    version: LEDGER_VERSION,
    object: plan.object,
    run: plan.run,
    snapshot_dt: plan.snapshot_dt,
    published_at: new Date().toISOString(),
    landed: summary.landed,
    absent,
    rows: summary.rows,
    bytes: summary.bytes,
  });
  return move === "older"
    ? { published: false, move, reason: `readers are on run ${current.run} of ${current.snapshot_dt}, which is newer` }
    : { published: true, move, current };
}

/** Why readers would lose counties by moving to this run; null when they would not. A re-run of some counties must not hide the nation. */
async function isNarrower(sink: Sink, plan: RunPlan): Promise<string | null> {
  const current = await readCurrent(sink, plan.object);
  if (current === null || current.run === plan.run) return null;
  const shown = await readPlan(sink, plan.object, parseRunId(current.run));
  const own = new Set(plan.shards.map(({ id }) => id));
  const lost = shown?.shards.filter(({ id }) => !own.has(id) && !current.absent.includes(id)) ?? [];
  // A lookup that lost a county on its own is the source's news, not a choice that was made here.
  const isChoice = plan.since_refresh || Object.keys(plan.selection).length > 0;
  return isChoice && lost.length > 0
    ? `it holds a choice of shards, and ${lost.length} that readers see now, in run ${current.run}, are not among them`
    : null;
}
