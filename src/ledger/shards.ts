import { parseRunId, parseShardId, type RunId, type ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { readVersioned, type Versioned, writeDocument } from "./document.ts";
import { type Found, readFolder, surveyFolder } from "./folder.ts";
import { type ShardManifest, ShardManifestSchema } from "./manifest.ts";
import { manifestFolder, manifestKey } from "./paths.ts";

/**
 * Says that a shard has landed: the last thing its extract does. `replaces` is the etag of the manifest that it takes the place of, null for
 * the first. @throws BronzeError SINK_CONFLICT when somebody else landed the shard meanwhile.
 */
export function writeManifest(sink: Sink, manifest: ShardManifest, replaces: string | null): Promise<string> {
  const key = manifestKey(manifest.object, parseRunId(manifest.run), parseShardId(manifest.shard));
  return writeDocument(sink, key, ShardManifestSchema, manifest, replaces === null ? "absent" : { etag: replaces });
}

export function readManifest(sink: Sink, object: string, run: RunId, shard: ShardId): Promise<Versioned<ShardManifest> | null> {
  return readVersioned(sink, manifestKey(object, run, shard), ShardManifestSchema);
}

/** All manifests of a run, in byte order of their shards, `concurrency` read at once; columns and all, so {@link readLandings} where figures do. */
export function readManifests(sink: Sink, object: string, run: RunId, concurrency = 16): Promise<ShardManifest[]> {
  return readFolder(sink, manifestFolder(object, run), ShardManifestSchema, concurrency);
}

/** What those who look at a whole run need of a manifest: without the columns, which are nearly all of it. */
export type Landing = Pick<ShardManifest, "shard" | "key" | "url" | "bytes" | "rows" | "started_at" | "finished_at" | "attempts">;

export function landingOf(manifest: ShardManifest): Landing {
  const { shard, key, url, bytes, rows, started_at, finished_at, attempts } = manifest;
  return { shard, key, url, bytes, rows, started_at, finished_at, attempts };
}

/** What landed of a run, in byte order of the shards, each under its shard's name. */
export function readLandings(sink: Sink, object: string, run: RunId): Promise<Found<Landing>[]> {
  return surveyFolder(sink, manifestFolder(object, run), ShardManifestSchema, landingOf);
}
