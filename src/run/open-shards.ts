import type { PlannedShard, RunPlan } from "../ledger/plan.ts";
import { type ShardState, shardStates } from "../ledger/status.ts";
import type { Submission } from "../ledger/submissions.ts";
import type { ShardId } from "../model/ids.ts";
import { largerClass } from "../plan/size.ts";
import type { Sink } from "../sink/sink.ts";
import type { Submitter } from "./submitter.ts";

/** What of a run is to be submitted now. */
export interface OpenShards {
  /** With the size class that each gets this time. */
  readonly shards: readonly Pick<PlannedShard, "id" | "size_class">[];
  /** Shards that failed in a way that trying them again can't help. */
  readonly leftAlone: readonly ShardId[];
}

export interface OpenOptions {
  /** Also what failed for good: somebody says that it was mended. */
  readonly evenHopeless: boolean;
}

/**
 * What hasn't landed and is worth another try. A shard that ran out of memory gets the next size class that has more, one that once got a
 * larger class keeps it. Where nothing was submitted before, nothing is asked for.
 * @param missing shards without a receipt
 * @param before all submissions of the run
 */
export async function openShards(
  sink: Sink,
  plan: RunPlan,
  missing: readonly PlannedShard[],
  submitter: Submitter,
  before: readonly Submission[],
  { evenHopeless }: OpenOptions,
): Promise<OpenShards> {
  if (before.length === 0) return { shards: missing, leftAlone: [] };
  const states = await shardStates(sink, { ...plan, shards: [...missing] });
  const explained = await submitter.explain(
    before.filter(({ engine }) => engine === submitter.name),
    missing.map(({ id }) => id),
  );
  const shards: OpenShards["shards"][number][] = [];
  const leftAlone: ShardId[] = [];
  const lastTime = lastClasses(before);
  missing.forEach((shard, i) => {
    const state = states[i]!;
    if (state.status === "superseded") return;
    const size_class = lastTime.get(shard.id)?.sizeClass ?? shard.size_class;
    const outOfMemory = wasStarved(state, lastTime.get(shard.id)?.neighbours ?? 0)
      ? explained.get(shard.id)?.outOfMemory
      : undefined;
    const larger = outOfMemory === undefined ? null : largerClass(plan.sizes, size_class);
    const isHopeless =
      (outOfMemory === "yes" && larger === null) || (state.status === "failed" && state.error?.retryable === false);
    if (isHopeless && !evenHopeless) leftAlone.push(shard.id);
    else shards.push({ id: shard.id, size_class: larger ?? size_class });
  });
  return { shards, leftAlone };
}

/** The size class in which each shard was submitted last, and how many others were in its job. */
function lastClasses(before: readonly Submission[]): Map<string, { readonly sizeClass: string; readonly neighbours: number }> {
  const last = new Map<string, { readonly sizeClass: string; readonly neighbours: number }>();
  for (const { groups } of before) {
    for (const { size_class: sizeClass, jobs } of groups) {
      for (const job of jobs) for (const shard of job) last.set(shard, { sizeClass, neighbours: job.length - 1 });
    }
  }
  return last;
}

/** Whether a lack of memory of its job can have been this shard's: of several, the one whose claim was left behind. */
function wasStarved({ status }: ShardState, neighbours: number): boolean {
  return neighbours === 0 ? status !== "failed" : status === "running" || status === "lost";
}
