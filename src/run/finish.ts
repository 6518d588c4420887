import { LEDGER_VERSION } from "../ledger/fields.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { hasAllReceipts } from "../ledger/receipts.ts";
import { type RunStatus, type ShardState, shardStates } from "../ledger/status.ts";
import { type RunSummary, writeSummary } from "../ledger/summary.ts";
import { VERSION } from "../model/version.ts";
import type { Sink } from "../sink/sink.ts";
import { type Publication, type PublishOptions, publishRun } from "./publish-run.ts";

export interface FinishedRun {
  readonly status: RunStatus;
  readonly summary: RunSummary;
  readonly publication: Publication;
}

/** How a run is to be published when it is whole; null leaves `current.json` as it is. */
export type WhenWhole = PublishOptions | null;

/** Counts what landed, writes the run's summary, and moves `current.json` when the run is whole, or when the options let it. */
export async function finishRun(sink: Sink, plan: RunPlan, publish: WhenWhole): Promise<FinishedRun> {
  const read = async () => {
    const shards = await shardStates(sink, plan);
    const summary = summarize({ plan, shards });
    await writeSummary(sink, summary);
    return { shards, summary };
  };
  const { publication, shards, summary } =
    publish === null ? { ...(await read()), publication: NOT_ASKED } : await publishRun(sink, plan, publish, read);
  return { status: { plan, shards }, summary, publication };
}

const NOT_ASKED: Publication = { published: false, move: "not asked", reason: "it was not asked for" };

/**
 * The last thing that a job does: whoever sees that no receipt is missing finishes the run and moves `current.json`, so that a run is
 * published though nobody waits for it. Everybody looks after their own receipt is there, so of the last ones, however close, at least one
 * sees all; where several do, the pointer moves once, and for the others it says so already.
 * @returns null while something is missing
 */
export async function finishWhenWhole(sink: Sink, plan: RunPlan, publish: PublishOptions): Promise<FinishedRun | null> {
  return (await hasAllReceipts(sink, plan)) ? finishRun(sink, plan, publish) : null;
}

/** The run in figures. Rows of the lookup that could not become a shard count as planned and failed. */
export function summarize({ plan, shards }: RunStatus): RunSummary {
  const landed = shards.filter(({ status }) => status === "landed").map(({ manifest }) => manifest!);
  const failures = shards.flatMap(({ shard, status, error }) =>
    status === "failed" && error !== null ? [{ shard, error }] : [],
  );
  const rejected = plan.rejected.map(({ label, error }) => ({
    shard: label,
    error: { code: "KEY_INVALID", message: error, hint: null, retryable: false },
  }));
  const superseded = count(shards, "superseded");
  const planned = plan.shards.length + rejected.length;
  const failed = failures.length + rejected.length;
  return {
    version: LEDGER_VERSION,
    object: plan.object,
    run: plan.run,
    snapshot_dt: plan.snapshot_dt,
    sink: plan.sink,
    started_at: landed.map(({ started_at }) => started_at).sort()[0] ?? plan.planned_at,
    finished_at: new Date().toISOString(),
    planned,
    landed: landed.length,
    failed,
    superseded,
    missing: planned - landed.length - failed - superseded,
    rows: landed.reduce((sum, { rows }) => sum + rows, 0),
    bytes: landed.reduce((sum, { bytes }) => sum + bytes, 0),
    failures: [...failures, ...rejected],
    tool: `pg-bronze ${VERSION}`,
  };
}

function count(shards: readonly ShardState[], wanted: ShardState["status"]): number {
  return shards.filter(({ status }) => status === wanted).length;
}
