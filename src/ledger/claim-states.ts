import type { ShardClaim } from "./claim.ts";

/** What the ledger says of one shard of a run. `stranger` is a live claim of somebody else; `expired` one whose heartbeat stopped. */
export type Situation = "unclaimed" | "mine" | "stranger" | "expired" | "failed" | "released" | "landed";

/** Allowed difference between the clocks of two machines: a lease is only taken over this long after its end. */
export const CLOCK_SKEW_MS = 30_000;

/** A manifest outweighs every claim; a claim that says landed without one (its shard was dropped) is over like a released one. */
export function situationOf(claim: ShardClaim | null, landed: boolean, owner: string, now: Date): Situation {
  if (landed) return "landed";
  if (claim === null) return "unclaimed";
  if (claim.state === "failed") return "failed";
  if (claim.state !== "running") return "released";
  if (claim.owner === owner) return "mine";
  return now.getTime() > Date.parse(claim.expires_at) + CLOCK_SKEW_MS ? "expired" : "stranger";
}

/**
 * The whole state machine. `act`: what one who wants the shard does; `status`: what people are told.
 * create: first claim · resume: goes on under its own · take: next attempt · wait: leaves it alone · done: nothing to do.
 */
export const STATES: Readonly<
  Record<
    Situation,
    {
      readonly act: "create" | "resume" | "take" | "wait" | "done";
      readonly status: "missing" | "running" | "lost" | "failed" | "landed";
    }
  >
> = {
  unclaimed: { act: "create", status: "missing" },
  mine: { act: "resume", status: "running" },
  stranger: { act: "wait", status: "running" },
  expired: { act: "take", status: "lost" },
  failed: { act: "take", status: "failed" },
  released: { act: "take", status: "missing" },
  landed: { act: "done", status: "landed" },
};
