import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { writeDocument } from "./document.ts";
import { Count, Instant, LEDGER_VERSION, RunName, ShardName, Version } from "./fields.ts";
import { type Found, surveyFolder } from "./folder.ts";
import type { ShardManifest } from "./manifest.ts";
import { landingKey, receiptFolder, receiptKey } from "./paths.ts";
import type { RunPlan } from "./plan.ts";

/** `landed/<shard>.json`: that a run landed a shard, with its figures. It stays when another run lands the key again. */
export const ReceiptSchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  shard: ShardName,
  token: z.string(),
  /** Key of the landing record, which has the manifest. */
  landing: z.string(),
  files: z.array(z.object({ key: z.string(), url: z.string(), bytes: Count, sha256: z.string() })),
  rows: Count,
  bytes: Count,
  started_at: Instant,
  finished_at: Instant,
  attempts: z.int().positive(),
});

export type Receipt = z.infer<typeof ReceiptSchema>;

/** @param dataKey the key that the shard's landing record is for */
export function receiptOf(manifest: ShardManifest, dataKey: string): Receipt {
  const { object, run, shard, token, files, rows, bytes, started_at, finished_at, attempts } = manifest;
  return {
    version: LEDGER_VERSION,
    object,
    run,
    shard,
    token,
    landing: landingKey(object, dataKey),
    files: files.map(({ key, url, bytes: fileBytes, sha256 }) => ({ key, url, bytes: fileBytes, sha256 })),
    rows,
    bytes,
    started_at,
    finished_at,
    attempts,
  };
}

/** Only after the landing record says the same. Writing it again changes nothing. */
export async function writeReceipt(sink: Sink, receipt: Receipt): Promise<void> {
  await writeDocument(sink, receiptKey(receipt.object, receipt.run, receipt.shard), ReceiptSchema, receipt);
}

/** What a run landed, in byte order of the shards, each under its shard's name. */
export function readReceipts(sink: Sink, object: string, run: RunId): Promise<Found<Receipt>[]> {
  return surveyFolder(sink, receiptFolder(object, run), ReceiptSchema, (receipt) => receipt);
}

/** Names of the shards that a run has landed: a listing, a request for each thousand. */
export async function landedShards(sink: Sink, object: string, run: RunId): Promise<Set<string>> {
  const folder = receiptFolder(object, run);
  const landed = new Set<string>();
  for await (const { key } of sink.list(folder)) {
    if (key.endsWith(".json")) landed.add(key.slice(folder.length, -".json".length));
  }
  return landed;
}

/** Whether every shard of a plan has a receipt, and no row of its lookup was rejected. Lists only as far as the first that is missing. */
export async function hasAllReceipts(sink: Sink, { object, run, shards, rejected }: RunPlan): Promise<boolean> {
  if (rejected.length > 0) return false;
  // Names of shards are ASCII, so this is the byte order of the listing.
  const awaited = shards.map(({ id }) => receiptKey(object, run, id)).sort();
  let next = 0;
  for await (const { key } of sink.list(receiptFolder(object, run))) {
    if (next === awaited.length || key > awaited[next]!) break;
    if (key === awaited[next]) next++;
  }
  return next === awaited.length;
}
