import { parseRunId, parseShardId, type RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { manifestFolder, manifestKey } from "./paths.ts";
import type { RunPlan } from "./plan.ts";

/** Names of the shards that have a manifest: a listing, a request for each thousand. */
export async function landedShards(sink: Sink, object: string, run: RunId): Promise<Set<string>> {
  const folder = manifestFolder(object, run);
  const landed = new Set<string>();
  for await (const { key } of sink.list(folder)) {
    if (key.endsWith(".json")) landed.add(key.slice(folder.length, -".json".length));
  }
  return landed;
}

/** Whether every shard of a plan has a manifest, and no row of its lookup was rejected. Lists only as far as the first that is missing. */
export async function isWhole(sink: Sink, { object, run: name, shards, rejected }: RunPlan): Promise<boolean> {
  if (rejected.length > 0) return false;
  const run = parseRunId(name);
  // Names of shards are ASCII, so this is the byte order of the listing.
  const awaited = shards.map(({ id }) => manifestKey(object, run, parseShardId(id))).sort();
  let next = 0;
  for await (const { key } of sink.list(manifestFolder(object, run))) {
    if (next === awaited.length || key > awaited[next]!) break;
    if (key === awaited[next]) next++;
  }
  return next === awaited.length;
}
