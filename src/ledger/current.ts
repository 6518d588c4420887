import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { compareSnapshots } from "./age.ts";
import { readDocument, updateDocument } from "./document.ts";
import { Count, Instant, LEDGER_VERSION, RunName, SnapshotDay, Version } from "./fields.ts";
import { currentKey } from "./paths.ts";
import type { RunPlan } from "./plan.ts";

const PublishedSchema = z.object({
  run: RunName,
  snapshot_dt: SnapshotDay,
  planned_at: Instant,
  /** Of the run's plan: who would land inside it must have the same. */
  fingerprint: z.string(),
  published_at: Instant,
  landed: Count,
  /** Shards of the plan that did not land: only after a partial run was published on purpose. */
  absent: z.array(z.string()),
  /** The run is a choice of the object's shards. */
  partial: z.boolean(),
  rows: Count,
  bytes: Count,
});

/** `current.json`: the run whose snapshot readers should read. It moves in one put, so they see the old snapshot or the new one. */
export const CurrentSchema = z.object({
  version: Version,
  object: z.string(),
  /** Raised by every write, so that no two states are the same bytes. */
  seq: z.int().positive(),
  /** Null before the first publication. */
  published: PublishedSchema.nullable(),
  /** A run that somebody is about to publish, and the `seq` of when they said so: for those who would land over it, not for readers. */
  next: z.object({ run: RunName, seq: z.int().positive() }).nullable(),
});

export type Published = z.infer<typeof PublishedSchema>;
export type Current = z.infer<typeof CurrentSchema>;

export type Move = "first" | "newer" | "again" | "unchanged" | "older";

/** What publishing `next` means beside what is published. */
export function moveOf(published: Published | null, next: Published): Move {
  if (published === null) return "first";
  const order = compareSnapshots(next, published);
  if (order !== 0) return order < 0 ? "older" : "newer";
  const { published_at: _, ...was } = published;
  const { published_at: __, ...is } = next;
  return JSON.stringify(was) === JSON.stringify(is) ? "unchanged" : "again";
}

/**
 * Says that a run is about to be published, before its landings are looked at. An older run than the published one announces nothing.
 * @returns the announcement, to be known again; null for none
 */
export async function announce(
  sink: Sink,
  plan: Pick<RunPlan, "object" | "run" | "snapshot_dt" | "planned_at">,
): Promise<Current["next"]> {
  const now = await updateDocument(sink, currentKey(plan.object), CurrentSchema, (found) => {
    const current = found?.value ?? empty(plan.object);
    if (current.next?.run === plan.run) return null;
    // All of it is published already: there is nothing to move.
    if (current.published?.run === plan.run && current.published.absent.length === 0) return null;
    if (current.published !== null && compareSnapshots(plan, current.published) < 0) return null;
    const seq = current.seq + 1;
    return { ...current, seq, next: { run: plan.run, seq } };
  });
  const next = now?.value.next ?? null;
  return next?.run === plan.run ? next : null;
}

/**
 * Takes the announcement of any of these runs back: their publisher finds that before it moves anything, and looks at everything anew.
 * @returns what is published
 */
export async function withdraw(sink: Sink, object: string, runs: ReadonlySet<string>): Promise<Published | null> {
  const now = await updateDocument(sink, currentKey(object), CurrentSchema, (found) => {
    const next = found?.value.next ?? null;
    if (next === null || !runs.has(next.run)) return null;
    return { ...found!.value, seq: found!.value.seq + 1, next: null };
  });
  return now?.value.published ?? null;
}

export type Refusal = { readonly move: string; readonly reason: string };

/**
 * Moves the pointer to `next`, unless it points to a newer snapshot (`older`) or says the same already (`unchanged`). `refusal` judges the
 * very document that would be replaced, in which the announcement still has to stand: others may have landed where it doesn't.
 * @returns what happened, and what is published now
 */
export async function publish(
  sink: Sink,
  object: string,
  next: Published,
  refusal: (current: Current) => Refusal | null,
): Promise<{ readonly move: Move; readonly published: Published | null; readonly refusal: Refusal | null }> {
  let move: Move = "unchanged";
  let refused: Refusal | null = null;
  const now = await updateDocument(sink, currentKey(object), CurrentSchema, (found) => {
    const current = found?.value ?? empty(object);
    move = moveOf(current.published, next);
    refused = move === "older" || move === "unchanged" ? null : refusal(current);
    if (move === "older" || move === "unchanged" || refused !== null) return null;
    return { ...current, seq: current.seq + 1, published: next, next: null };
  });
  return { move, published: now?.value.published ?? null, refusal: refused };
}

function empty(object: string): Current {
  return { version: LEDGER_VERSION, object, seq: 0, published: null, next: null };
}

export function readCurrent(sink: Sink, object: string): Promise<Current | null> {
  return readDocument(sink, currentKey(object), CurrentSchema);
}

/** What readers are on; null before the first publication. */
export async function readPublished(sink: Sink, object: string): Promise<Published | null> {
  return (await readCurrent(sink, object))?.published ?? null;
}

/** Whether readers are on a run, or somebody is about to move them there. */
export function isCurrent(current: Current | null, run: RunId): boolean {
  return current !== null && (current.published?.run === run || current.next?.run === run);
}
