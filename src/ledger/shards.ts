import pLimit from "p-limit";
import type { z } from "zod";
import { parseRunId, parseShardId, type RunId, type ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { readDocument, readVersioned, type Versioned, writeDocument } from "./document.ts";
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

/** All manifests of a run, in byte order of their shards, `concurrency` read at once. */
export function readManifests(sink: Sink, object: string, run: RunId, concurrency = 16): Promise<ShardManifest[]> {
  return readFolder(sink, manifestFolder(object, run), ShardManifestSchema, concurrency);
}

/** All documents of a folder, in byte order of their keys. */
export async function readFolder<S extends z.ZodType>(
  sink: Sink,
  folder: string,
  schema: S,
  concurrency = 16,
): Promise<z.infer<S>[]> {
  const limit = pLimit(concurrency);
  const reads: Promise<z.infer<S> | null>[] = [];
  try {
    for await (const { key } of sink.list(folder)) {
      if (key.endsWith(".json")) reads.push(limit(() => readDocument(sink, key, schema)));
    }
    const documents = await Promise.all(reads);
    return documents.filter((document) => document !== null);
  } catch (error) {
    limit.clearQueue();
    await Promise.allSettled(reads);
    throw error;
  }
}
