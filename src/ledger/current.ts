import { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import { isConflict, readDocument, readVersioned, writeDocument } from "./document.ts";
import { LEDGER_VERSION } from "./manifest.ts";
import { currentKey } from "./paths.ts";

/** `current.json`: the run whose snapshot readers should read. It moves in one put, so they see the old snapshot or the new one. */
export const CurrentSchema = z.strictObject({
  version: z.literal(LEDGER_VERSION),
  object: z.string(),
  run: z.string(),
  snapshot_dt: z.string(),
  published_at: z.iso.datetime(),
  landed: z.int().nonnegative(),
  /** Shards of the plan that did not land: only after a partial run was published on purpose. */
  absent: z.array(z.string()),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});

export type Current = z.infer<typeof CurrentSchema>;

export type Move = "first" | "newer" | "again" | "unchanged" | "older";

/** What publishing `next` means beside `current`. Days compare as text. */
export function moveOf(current: Current | null, next: Current): Move {
  if (current === null) return "first";
  if (next.snapshot_dt < current.snapshot_dt) return "older";
  if (next.snapshot_dt > current.snapshot_dt) return "newer";
  const { published_at: _, ...was } = current;
  const { published_at: __, ...is } = next;
  return JSON.stringify(CurrentSchema.partial().parse(was)) === JSON.stringify(CurrentSchema.partial().parse(is))
    ? "unchanged"
    : "again";
}

/**
 * Moves the pointer to `next`, unless it points to a newer snapshot (`older`) or says the same already (`unchanged`).
 * @returns what happened, and what the pointer says now.
 */
export async function publish(sink: Sink, next: Current): Promise<{ move: Move; current: Current }> {
  const key = currentKey(next.object);
  for (let lost = 0; lost < 10; lost++) {
    const found = await readVersioned(sink, key, CurrentSchema);
    const move = moveOf(found?.value ?? null, next);
    if (move === "older" || move === "unchanged") return { move, current: found!.value };
    try {
      await writeDocument(sink, key, CurrentSchema, next, found === null ? "absent" : { etag: found.etag });
      return { move, current: next };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new BronzeError("SINK_CONFLICT", `the pointer of ${next.object} changes all the time`, {
    retryable: true,
    context: { key },
  });
}

export function readCurrent(sink: Sink, object: string): Promise<Current | null> {
  return readDocument(sink, currentKey(object), CurrentSchema);
}
