import { isWhole } from "../ledger/landed.ts";
import type { RunPlan } from "../ledger/plan.ts";
import type { Sink } from "../sink/sink.ts";
import { type FinishedRun, finishRun } from "./finish.ts";

/**
 * The last thing that a job does: whoever sees that no shard is missing any more finishes the run and moves `current.json`, so that a run
 * is published though nobody waits for it. Everybody looks after their own manifest is there, so of the last ones, however close, at least
 * one sees all; where several do, the pointer moves once, and for the others it says so already.
 * @returns null while something is missing.
 */
export async function finishWhenWhole(sink: Sink, plan: RunPlan): Promise<FinishedRun | null> {
  return (await isWhole(sink, plan)) ? finishRun(sink, plan, { publish: true, allowPartial: false }) : null;
}
