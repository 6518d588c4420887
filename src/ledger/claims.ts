import pLimit from "p-limit";
import type { RunId, ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import type { Actor } from "./actor.ts";
import { Claim, writeLanding } from "./claim.ts";
import { freeAfterMs, STATES, situationOf, type Wanted } from "./claim-states.ts";
import { changesAllTheTime, conditionOf, isConflict, readVersioned, updateDocument, type Versioned } from "./document.ts";
import { LEDGER_VERSION } from "./fields.ts";
import { type Holder, type Landing, LandingSchema } from "./landing.ts";
import { clocksOf } from "./lease.ts";
import type { ShardManifest } from "./manifest.ts";
import { landingKey } from "./paths.ts";

/** A data key, and which shard of which run wants it. */
export interface WantedKey extends Wanted {
  readonly object: string;
  readonly shard: ShardId;
  /** The data key. */
  readonly key: string;
}

export type ClaimOutcome =
  | { readonly outcome: "claimed"; readonly claim: Claim }
  | { readonly outcome: "landed"; readonly manifest: ShardManifest }
  | { readonly outcome: "superseded"; readonly manifest: ShardManifest }
  /** Another process works on it: ask again, at the latest after `freeInMs`. */
  | { readonly outcome: "held"; readonly holder: Holder; readonly freeInMs: number };

/** Others who take and give back the key between a look and a claim: more in a row are no accident. */
const MOST_CONFLICTS = 20;

/** Claims a data key for this process. Of any number who try, one gets it: every step is a compare-and-swap. */
export async function claimKey(sink: Sink, wanted: WantedKey, actor: Actor): Promise<ClaimOutcome> {
  const key = landingKey(wanted.object, wanted.key);
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
    const current = await readVersioned(sink, key, LandingSchema);
    const ageMs = await leaseAgeMs(sink, current, actor);
    const situation = situationOf(current?.value ?? null, wanted, actor.owner, ageMs);
    if (situation === "landed" || situation === "superseded") return { outcome: situation, manifest: current!.value.manifest! };
    if (STATES[situation].act === "wait") {
      const holder = current!.value.holder!;
      return { outcome: "held", holder, freeInMs: Math.max(0, freeAfterMs(holder) - ageMs) };
    }
    const sentAt = clocksOf(actor);
    try {
      const taken = await writeLanding(sink, key, withHolder(current?.value ?? null, wanted, actor), conditionOf(current));
      return { outcome: "claimed", claim: new Claim(sink, key, actor, taken, sentAt) };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw changesAllTheTime(sink, key);
}

/** How long ago the record was written; asked only where somebody else holds the key. */
async function leaseAgeMs(sink: Sink, current: Versioned<Landing> | null, { owner }: Actor): Promise<number> {
  const holder = current?.value.holder ?? null;
  if (holder === null || holder.owner === owner) return 0;
  return (await sink.now()).getTime() - current!.modified.getTime();
}

function withHolder(current: Landing | null, wanted: WantedKey, actor: Actor): Landing {
  const { object, key, run, shard, fingerprint } = wanted;
  const at = new Date(actor.clock.now()).toISOString();
  const before = [current?.holder, current?.ended].find((last) => last?.run === run);
  return {
    version: LEDGER_VERSION,
    object,
    key,
    seq: (current?.seq ?? 0) + 1,
    holder: {
      owner: actor.owner,
      run,
      shard,
      token: actor.newToken(),
      attempt: (before?.attempt ?? 0) + 1,
      fingerprint,
      lease_ms: actor.leaseMs,
      claimed_at: at,
      renewed_at: at,
    },
    ended: current?.ended ?? null,
    manifest: current?.manifest ?? null,
    intents: current?.intents ?? [],
    history: current?.history ?? [],
  };
}

export function readLanding(sink: Sink, object: string, dataKey: string): Promise<Versioned<Landing> | null> {
  return readVersioned(sink, landingKey(object, dataKey), LandingSchema);
}

/**
 * Takes the keys of a run's shards away from whoever works on them for it: their next renewal or commit tells them so.
 * @returns the shards that were under way
 */
export async function releaseClaims(
  sink: Sink,
  object: string,
  run: RunId,
  shards: readonly { readonly id: ShardId; readonly key: string }[],
): Promise<ShardId[]> {
  const limit = pLimit(16);
  const released = await Promise.all(
    shards.map(({ key }) => limit(releaseClaim, sink, object, key, (holder) => holder.run === run)),
  );
  return shards.flatMap(({ id }, i) => (released[i] ? [id] : []));
}

/** Takes a data key away from its holder, if it is the one that is meant. */
export async function releaseClaim(
  sink: Sink,
  object: string,
  dataKey: string,
  isMeant: (holder: Holder) => boolean,
): Promise<boolean> {
  let released = false;
  await updateDocument(sink, landingKey(object, dataKey), LandingSchema, (current) => {
    const holder = current?.value.holder ?? null;
    released = holder !== null && isMeant(holder);
    if (current === null || holder === null || !released) return null;
    const { owner, run, shard, attempt, claimed_at } = holder;
    const at = new Date().toISOString();
    const ended = { outcome: "released" as const, owner, run, shard, attempt, claimed_at, at, error: null };
    return { ...current.value, seq: current.value.seq + 1, holder: null, ended };
  });
  return released;
}
