import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { manifestFolder } from "./paths.ts";

/** Names of the shards that have a manifest: a listing, a request for each thousand. */
export async function landedShards(sink: Sink, object: string, run: RunId): Promise<Set<string>> {
  const folder = manifestFolder(object, run);
  const landed = new Set<string>();
  for await (const { key } of sink.list(folder)) {
    if (key.endsWith(".json")) landed.add(key.slice(folder.length, -".json".length));
  }
  return landed;
}
