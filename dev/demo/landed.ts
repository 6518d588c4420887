import { type ShardManifest, ShardManifestSchema } from "../../src/ledger/manifest.ts";
import { openSink } from "../../src/sink/open.ts";

/** Manifests of what landed in a sink since a moment, in the order in which they were finished. */
export async function landedSince(sinkUrl: string, since: Date): Promise<ShardManifest[]> {
  const sink = await openSink(sinkUrl);
  const manifests: ShardManifest[] = [];
  try {
    for await (const { key } of sink.list("_pg_bronze/")) {
      if (!/\/shards\/[^/]+\.json$/.test(key)) continue;
      const body = await sink.read(key);
      if (body === null) continue;
      const manifest = ShardManifestSchema.parse(JSON.parse(Buffer.from(body).toString("utf8")));
      if (new Date(manifest.finished_at) >= since) manifests.push(manifest);
    }
  } finally {
    await sink.close();
  }
  return manifests.sort((one, other) => (one.finished_at < other.finished_at ? -1 : 1));
}
