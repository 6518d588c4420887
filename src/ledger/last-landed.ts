import pLimit from "p-limit";
import type { Sink } from "../sink/sink.ts";
import { findDocument } from "./folder.ts";
import { LandingSchema } from "./landing.ts";
import { landingFolder, landingKey, receiptFolder } from "./paths.ts";
import { ReceiptSchema } from "./receipts.ts";
import { listRuns } from "./runs.ts";

/** A shard, and where it lands on any day. */
export interface DatedShard {
  readonly id: string;
  /** Its data key of one day. */
  readonly key: string;
}

/** Documents read at once. */
const READS = 16;

/**
 * Of each shard that ever landed, when its newest extract began: no row of it can be younger. One list request for each run, one read a
 * shard. `gc` deletes the receipts of old runs; a shard without any is looked for in the landing records, which stay: a list request for
 * each thousand of them, one read for each day that it landed.
 */
export async function lastLanded(
  sink: Sink,
  object: string,
  shards: readonly DatedShard[],
): Promise<ReadonlyMap<string, string>> {
  const landed = await fromReceipts(sink, object, new Set(shards.map(({ id }) => id)));
  const others = shards.filter(({ id }) => !landed.has(id));
  return others.length === 0 ? landed : new Map([...landed, ...(await fromRecords(sink, object, others))]);
}

async function fromReceipts(sink: Sink, object: string, wanted: ReadonlySet<string>): Promise<Map<string, string>> {
  const newest = new Map<string, { key: string; modified: Date }>();
  for (const run of await listRuns(sink, object)) {
    const folder = receiptFolder(object, run);
    for await (const { key, modified } of sink.list(folder)) {
      const shard = key.slice(folder.length).replace(/\.json$/, "");
      const known = newest.get(shard);
      if (wanted.has(shard) && (known === undefined || known.modified < modified)) newest.set(shard, { key, modified });
    }
  }
  const limit = pLimit(READS);
  const read = async ([shard, { key }]: [string, { key: string }]): Promise<[string, string][]> => {
    const found = await findDocument(sink, key, ReceiptSchema, ({ started_at }) => started_at);
    // A receipt that can't be read tells nothing: the shard then counts as never landed, and lands once too often.
    return found !== null && "value" in found ? [[shard, found.value]] : [];
  };
  return new Map((await Promise.all([...newest].map((entry) => limit(read, entry)))).flat());
}

async function fromRecords(sink: Sink, object: string, shards: readonly DatedShard[]): Promise<Map<string, string>> {
  const wanted = new Set(shards.map(({ id }) => id));
  const names = new Set(shards.map(({ key }) => undated(landingKey(object, key))));
  const newest = new Map<string, string>();
  const limit = pLimit(READS);
  const reads: Promise<void>[] = [];
  const read = async (key: string): Promise<void> => {
    const found = await findDocument(sink, key, LandingSchema, ({ manifest }) => manifest);
    if (found === null || !("value" in found) || found.value === null) return;
    const { shard, started_at } = found.value;
    if (wanted.has(shard) && Date.parse(started_at) > Date.parse(newest.get(shard) ?? "1970-01-01"))
      newest.set(shard, started_at);
  };
  for await (const { key } of sink.list(landingFolder(object))) if (names.has(undated(key))) reads.push(limit(read, key));
  await Promise.all(reads);
  return newest;
}

/** The name of a landing record without its days and its digest, which changes with them. */
function undated(recordKey: string): string {
  return recordKey.replace(/-[0-9a-f]{16}\.json$/, "").replaceAll(/\d{4}-\d{2}-\d{2}/g, "#");
}
