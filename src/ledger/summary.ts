import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { readDocument, writeDocument } from "./document.ts";
import { Count, Instant, RunName, ShardErrorSchema, Version } from "./fields.ts";
import { summaryKey } from "./paths.ts";

/** `summary.json`: the run in figures, when it ended. Everything in it follows from the plan, the manifests and the claims. */
export const RunSummarySchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  snapshot_dt: z.string(),
  sink: z.string(),
  started_at: Instant,
  finished_at: Instant,
  planned: Count,
  landed: Count,
  failed: Count,
  missing: Count,
  /** Landed by a run that was planned later. */
  superseded: Count,
  rows: Count,
  bytes: Count,
  failures: z.array(z.object({ shard: z.string(), error: ShardErrorSchema })),
  tool: z.string(),
});

export type RunSummary = z.infer<typeof RunSummarySchema>;

/** Written anew whenever the run ends again, after a retry for example. */
export async function writeSummary(sink: Sink, summary: RunSummary): Promise<void> {
  await writeDocument(sink, summaryKey(summary.object, summary.run), RunSummarySchema, summary);
}

export function readSummary(sink: Sink, object: string, run: RunId): Promise<RunSummary | null> {
  return readDocument(sink, summaryKey(object, run), RunSummarySchema);
}
