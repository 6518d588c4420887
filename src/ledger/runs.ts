import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { compareSnapshots } from "./age.ts";
import { LEDGER_FOLDER, objectFolder, runOfFolder } from "./paths.ts";
import { type RunPlan, readPlan } from "./plan.ts";

/** Objects that have a ledger in this sink, in byte order. */
export async function listObjects(sink: Sink): Promise<string[]> {
  const objects: string[] = [];
  for await (const folder of sink.listFolders(LEDGER_FOLDER)) {
    const name = /\/object=([^/]+)\/$/.exec(folder)?.[1];
    if (name !== undefined) objects.push(name);
  }
  return objects;
}

/** Runs of an object, newest snapshot first: a request or two, however many shards they have. */
export async function listRuns(sink: Sink, object: string): Promise<RunId[]> {
  const runs: RunId[] = [];
  for await (const folder of sink.listFolders(objectFolder(object))) {
    const run = runOfFolder(folder);
    if (run !== null) runs.push(run);
  }
  return runs.reverse();
}

/** The run that every command means by the latest: of the newest snapshot the one planned last; null when there is none. */
export async function latestRun(sink: Sink, object: string): Promise<RunId | null> {
  const runs = await listRuns(sink, object);
  const days = runs.map(dayOf).filter((day) => day !== null);
  const newest = days[0] ?? "";
  let latest: RunPlan | null = null;
  // Names given by people say nothing of a snapshot, so these plans are read all; of the others only those of the newest day.
  for (const run of runs) {
    const day = dayOf(run);
    if (day !== null && day !== newest) continue;
    const plan = await readPlan(sink, object, run);
    if (plan !== null && (latest === null || compareSnapshots(plan, latest) > 0)) latest = plan;
  }
  return latest?.run ?? null;
}

/** The day in a name that `runId` made. */
function dayOf(run: RunId): string | null {
  return /^(\d{4}-\d{2}-\d{2})-[0-9a-f]{10}$/.exec(run)?.[1] ?? null;
}
