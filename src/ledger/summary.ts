import { z } from "zod";
import type { BronzeError } from "../model/errors.ts";
import { parseRunId, type RunId } from "../model/ids.ts";
import { scrub } from "../model/secrets.ts";
import type { Sink } from "../sink/sink.ts";
import { readDocument, writeDocument } from "./document.ts";
import { LEDGER_VERSION } from "./manifest.ts";
import { summaryKey } from "./paths.ts";

export const ShardErrorSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  retryable: z.boolean(),
});

export type ShardError = z.infer<typeof ShardErrorSchema>;

/** An error as the ledger keeps it. Messages of servers and drivers may quote what they were given: no secret gets in. */
export function shardError({ code, message, hint, retryable }: BronzeError): ShardError {
  return { code, message: scrub(message), hint: hint === undefined ? null : scrub(hint), retryable };
}

/** `summary.json`: the run in figures, when it ended. Everything in it follows from the plan, the manifests and the claims. */
export const RunSummarySchema = z.strictObject({
  version: z.literal(LEDGER_VERSION),
  object: z.string(),
  run: z.string(),
  snapshot_dt: z.string(),
  sink: z.string(),
  started_at: z.iso.datetime(),
  finished_at: z.iso.datetime(),
  planned: z.int().nonnegative(),
  landed: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  missing: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  failures: z.array(z.strictObject({ shard: z.string(), error: ShardErrorSchema })),
  tool: z.string(),
});

export type RunSummary = z.infer<typeof RunSummarySchema>;

/** Written anew whenever the run ends again, after a retry for example. */
export async function writeSummary(sink: Sink, summary: RunSummary): Promise<void> {
  await writeDocument(sink, summaryKey(summary.object, parseRunId(summary.run)), RunSummarySchema, summary);
}

export function readSummary(sink: Sink, object: string, run: RunId): Promise<RunSummary | null> {
  return readDocument(sink, summaryKey(object, run), RunSummarySchema);
}
