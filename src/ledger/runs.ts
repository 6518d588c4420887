import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { LEDGER_FOLDER, objectFolder, runOfFolder } from "./paths.ts";
import { readPlan } from "./plan.ts";

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

/** The run of the newest snapshot; of several for one snapshot, the one planned last. Null when there is none. */
export async function latestRun(sink: Sink, object: string): Promise<RunId | null> {
  const [newest, ...others] = await listRuns(sink, object);
  if (newest === undefined) return null;
  const snapshot = newest.slice(0, 10);
  let latest = { run: newest, at: "" };
  for (const run of [newest, ...others].filter((run) => run.startsWith(snapshot))) {
    const at = (await readPlan(sink, object, run))?.created_at ?? "";
    if (at > latest.at) latest = { run, at };
  }
  return latest.run;
}
