import pLimit from "p-limit";
import type { Sink } from "../sink/sink.ts";
import { findDocument } from "./folder.ts";
import { receiptFolder } from "./paths.ts";
import { ReceiptSchema } from "./receipts.ts";
import { listRuns } from "./runs.ts";

/** Of each shard that ever landed, when its newest extract began: no row of it can be younger. One list request for each run, one read a shard. */
export async function lastLanded(sink: Sink, object: string, shards: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(shards);
  const newest = new Map<string, { key: string; modified: Date }>();
  for (const run of await listRuns(sink, object)) {
    const folder = receiptFolder(object, run);
    for await (const { key, modified } of sink.list(folder)) {
      const shard = key.slice(folder.length).replace(/\.json$/, "");
      const known = newest.get(shard);
      if (wanted.has(shard) && (known === undefined || known.modified < modified)) newest.set(shard, { key, modified });
    }
  }
  const limit = pLimit(16);
  const read = async ([shard, { key }]: [string, { key: string }]): Promise<[string, string][]> => {
    const found = await findDocument(sink, key, ReceiptSchema, ({ started_at }) => started_at);
    // A receipt that can't be read tells nothing: the shard then counts as never landed, and lands once too often.
    return found !== null && "value" in found ? [[shard, found.value]] : [];
  };
  return new Map((await Promise.all([...newest].map((entry) => limit(read, entry)))).flat());
}
