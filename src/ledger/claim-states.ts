import type { RunId } from "../model/ids.ts";
import { comparePlans } from "./age.ts";
import type { Holder, Landing } from "./landing.ts";

/** What a run knows of itself when it wants a data key. */
export interface Wanted {
  readonly run: RunId;
  readonly planned_at: string;
  readonly fingerprint: string;
  /** Lands over what a run that was planned later has landed. */
  readonly replace?: boolean | undefined;
}

/** What a landing record means to a run that wants its key. See the table in docs/landing.md. */
export type Situation = "landed" | "superseded" | "mine" | "held" | "expired" | "failed" | "released" | "free" | "unclaimed";

/** A lease counts as over only this long after its end, since the store tells whole seconds; a short lease at twice its length. */
const LEASE_SLACK_MS = 5_000;

/** How old a holder's record must be, by the store's clock, before others may take the key. */
export function freeAfterMs({ lease_ms }: Pick<Holder, "lease_ms">): number {
  return lease_ms + Math.min(lease_ms, LEASE_SLACK_MS);
}

/** @param leaseAgeMs since the record was last written, by the store's clock */
export function situationOf(
  landing: Landing | null,
  wanted: Pick<Wanted, "run" | "planned_at" | "replace">,
  owner: string,
  leaseAgeMs: number,
): Situation {
  if (landing === null) return "unclaimed";
  const { manifest, holder, ended } = landing;
  if (manifest?.run === wanted.run) return "landed";
  if (manifest !== null && wanted.replace !== true && comparePlans(manifest, wanted) > 0) return "superseded";
  if (holder !== null) {
    if (holder.owner === owner) return "mine";
    return leaseAgeMs > freeAfterMs(holder) ? "expired" : "held";
  }
  if (ended?.run === wanted.run) return ended.outcome;
  return "free";
}

/**
 * The whole state machine. `act`: what one who wants the key does; `status`: what people are told.
 * create: the first claim · take: the next attempt · wait: leaves it alone · done: nothing to do.
 */
export const STATES: Readonly<
  Record<
    Situation,
    {
      readonly act: "create" | "take" | "wait" | "done";
      readonly status: "missing" | "running" | "lost" | "failed" | "landed" | "superseded";
    }
  >
> = {
  landed: { act: "done", status: "landed" },
  superseded: { act: "done", status: "superseded" },
  // The owner's earlier attempt has ended, though it couldn't write so.
  mine: { act: "take", status: "running" },
  held: { act: "wait", status: "running" },
  expired: { act: "take", status: "lost" },
  failed: { act: "take", status: "failed" },
  released: { act: "take", status: "missing" },
  free: { act: "take", status: "missing" },
  unclaimed: { act: "create", status: "missing" },
};
