import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { readDocument, writeDocument } from "./document.ts";
import { Instant, LEDGER_VERSION, Version } from "./fields.ts";
import { stopKey } from "./paths.ts";

/** `stop.json`: somebody cancelled the run. Nobody claims a shard of it any more. */
export const StopSchema = z.object({ version: Version, stopped_at: Instant, by: z.string() });

export async function writeStop(sink: Sink, object: string, run: RunId, by: string): Promise<void> {
  const stop = { version: LEDGER_VERSION, stopped_at: new Date().toISOString(), by } as const;
  await writeDocument(sink, stopKey(object, run), StopSchema, stop);
}

export type Stop = z.infer<typeof StopSchema>;

/** Null while the run isn't cancelled. */
export function readStop(sink: Sink, object: string, run: RunId): Promise<Stop | null> {
  return readDocument(sink, stopKey(object, run), StopSchema);
}

export async function isStopped(sink: Sink, object: string, run: RunId): Promise<boolean> {
  return (await readStop(sink, object, run)) !== null;
}

export async function clearStop(sink: Sink, object: string, run: RunId): Promise<void> {
  await sink.delete(stopKey(object, run));
}
