import { compareSnapshots } from "../ledger/age.ts";
import { type RunPlan, readPlan } from "../ledger/plan.ts";
import { readReceipts } from "../ledger/receipts.ts";
import { listRuns } from "../ledger/runs.ts";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";

/** Plans that are looked at to find the run before. */
const LOOK_BACK = 20;

export interface Landed {
  readonly rows: number;
  readonly bytes: number;
}

export interface PreviousRun {
  readonly run: RunId;
  readonly snapshotDt: string;
  readonly landed: ReadonlyMap<string, Landed>;
}

/** The newest earlier run of the object that landed one of this run's shards; null when there is none among the last twenty. */
export async function previousRun(sink: Sink, plan: RunPlan): Promise<PreviousRun | null> {
  const shards = new Set<string>(plan.shards.map(({ id }) => id));
  for (const earlier of await earlierPlans(sink, plan)) {
    if (!earlier.shards.some(({ id }) => shards.has(id))) continue;
    const { run } = earlier;
    const found = await readReceipts(sink, plan.object, run);
    const landed = new Map(
      found.flatMap((one) => {
        if (!("value" in one) || !shards.has(one.name)) return [];
        const { rows, bytes } = one.value;
        return [[one.name, { rows, bytes }] as const];
      }),
    );
    if (landed.size > 0) return { run, snapshotDt: earlier.snapshot_dt, landed };
  }
  return null;
}

/** Newest first: by snapshot, then by when they were planned. A name that was given to a run says nothing of its time. */
async function earlierPlans(sink: Sink, plan: RunPlan): Promise<RunPlan[]> {
  const runs = (await listRuns(sink, plan.object)).filter((run) => run !== plan.run);
  const plans = await Promise.all(runs.slice(0, LOOK_BACK).map((run) => readPlan(sink, plan.object, run)));
  return plans
    .filter((other) => other !== null && compareSnapshots(other, plan) < 0)
    .sort((one, other) => compareSnapshots(other!, one!)) as RunPlan[];
}
