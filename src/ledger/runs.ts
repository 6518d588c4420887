import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { findDocument } from "./folder.ts";
import { ShardManifestSchema } from "./manifest.ts";
import { LEDGER_FOLDER, manifestFolder, objectFolder, runOfFolder } from "./paths.ts";
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

/** Orders runs: the newest snapshot is the greatest, and of several for one snapshot the one planned last. Compares as text. */
export function ageOf({ snapshot_dt, created_at }: { readonly snapshot_dt: string; readonly created_at: string }): string {
  return `${snapshot_dt} ${created_at}`;
}

/**
 * The run that every command means by the latest: the greatest by {@link ageOf} of those that were planned; null when there is none.
 * With `landed` (run → when it last landed something), of those alone, also unplanned ones: `extract` by itself plans nothing, and is as
 * old as what it landed.
 */
export async function latestRun(sink: Sink, object: string, landed?: ReadonlyMap<string, Date>): Promise<RunId | null> {
  const runs = (await listRuns(sink, object)).filter((run) => landed === undefined || landed.has(run));
  let latest: { run: RunId; age: string } | null = null;
  // Names given by people say nothing of a snapshot, so these plans are read all; of the others only those of the newest snapshot.
  for (const run of [...runs.filter((run) => dayOf(run) === null), ...runs.filter((run) => dayOf(run) !== null)]) {
    const day = dayOf(run);
    if (day !== null && latest !== null && day < latest.age.slice(0, day.length)) break;
    const facts = (await readPlan(sink, object, run)) ?? (await landedFacts(sink, object, run, landed?.get(run)));
    if (facts !== null && (latest === null || ageOf(facts) > latest.age)) latest = { run, age: ageOf(facts) };
  }
  return latest?.run ?? null;
}

/** The day in a name that {@link runId} made. */
function dayOf(run: RunId): string | null {
  return /^(\d{4}-\d{2}-\d{2})-[0-9a-f]{10}$/.exec(run)?.[1] ?? null;
}

async function landedFacts(sink: Sink, object: string, run: RunId, at: Date | undefined) {
  if (at === undefined) return null;
  for await (const { key } of sink.list(manifestFolder(object, run))) {
    const found = await findDocument(sink, key, ShardManifestSchema, ({ snapshot_dt }) => snapshot_dt);
    if (found !== null && "value" in found) return { snapshot_dt: found.value, created_at: at.toISOString() };
  }
  // Nothing of it can be read: the latest of all, so that somebody hears of it.
  return { snapshot_dt: "9999-12-31", created_at: at.toISOString() };
}
