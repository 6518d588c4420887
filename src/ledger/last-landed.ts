import pLimit from "p-limit";
import type { Sink } from "../sink/sink.ts";
import { readDocument } from "./document.ts";
import { ShardManifestSchema } from "./manifest.ts";
import { manifestFolder } from "./paths.ts";
import { listRuns } from "./runs.ts";

/** Of each shard that ever landed, when its newest extract began: no row of it can be younger. One list request for each run, one read a shard. */
export async function lastLanded(sink: Sink, object: string, shards: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(shards);
  const newest = new Map<string, { key: string; modified: Date }>();
  for (const run of await listRuns(sink, object)) {
    const folder = manifestFolder(object, run);
    for await (const { key, modified } of sink.list(folder)) {
      const shard = key.slice(folder.length).replace(/\.json$/, "");
      const known = newest.get(shard);
      if (wanted.has(shard) && (known === undefined || known.modified < modified)) newest.set(shard, { key, modified });
    }
  }
  const limit = pLimit(16);
  const read = async ([shard, { key }]: [string, { key: string }]): Promise<[string, string][]> => {
    const manifest = await readDocument(sink, key, ShardManifestSchema);
    return manifest === null ? [] : [[shard, manifest.started_at]];
  };
  return new Map((await Promise.all([...newest].map((entry) => limit(read, entry)))).flat());
}
