import { parseRunId, parseShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import type { Actor } from "./actor.ts";
import { writeLanding } from "./claim.ts";
import { freeAfterMs } from "./claim-states.ts";
import { conditionOf, isConflict, readVersioned, type Versioned } from "./document.ts";
import { LEDGER_VERSION } from "./fields.ts";
import { type Holder, type Landing, LandingSchema } from "./landing.ts";
import { clocksOf } from "./lease.ts";
import { landingKey } from "./paths.ts";

/** Whose name a fence has in the landing record. */
const FENCE_RUN = parseRunId("gc");
const FENCE_SHARD = parseShardId("gc");

/** How long after the fence was asked for the last request under it may be sent, or sent again. */
const WORK_MS = 60_000;
/**
 * A deletion whose answer was lost takes effect within 15 minutes or never, and equal bytes have equal etags: until then nobody else may
 * land the key.
 */
const FENCE_LEASE_MS = 25 * 60_000;

/** A data key that nobody lands while this process looks after an object that no manifest vouches for. */
export interface Fence {
  /** Whether so much time has passed that nothing may be sent any more. */
  isOver(): boolean;
  /** Gives the key back; the record is as it was, or gone if the fence made it. */
  lift(): Promise<void>;
}

/**
 * Takes the claim of a data key that has no manifest, so that whoever held it can't commit any more and nobody lands it meanwhile.
 * @returns null when the key has a manifest, or somebody works on it
 */
export async function fenceKey(sink: Sink, object: string, dataKey: string, actor: Actor): Promise<Fence | null> {
  const key = landingKey(object, dataKey);
  const before = await readVersioned(sink, key, LandingSchema);
  if (before !== null && isInUse(before, await sink.now())) return null;
  const started = clocksOf(actor);
  const landing = fenced(before?.value ?? null, object, dataKey, actor);
  const taken = await take(sink, key, before, landing);
  if (taken === null) return null;
  return {
    isOver: () => {
      // A machine that slept stopped one of the clocks.
      const { monotonic, wall } = clocksOf(actor);
      return Math.max(monotonic - started.monotonic, wall - started.wall) > WORK_MS;
    },
    lift: async () => {
      if (before === null) await sink.delete(key, { condition: { etag: taken.etag } });
      else await writeLanding(sink, key, { ...landing, seq: landing.seq + 1, holder: null }, { etag: taken.etag });
    },
  };
}

/** Whether a record vouches for its objects, or somebody may be landing them. */
export function isInUse({ value, modified }: Versioned<Landing>, storeTime: Date): boolean {
  const { manifest, intents, holder } = value;
  if (manifest !== null || intents.length > 0) return true;
  return holder !== null && storeTime.getTime() - modified.getTime() <= freeAfterMs(holder);
}

async function take(
  sink: Sink,
  key: string,
  before: Versioned<Landing> | null,
  landing: Landing,
): Promise<Versioned<Landing> | null> {
  try {
    return await writeLanding(sink, key, landing, conditionOf(before));
  } catch (error) {
    if (!isConflict(error)) throw error;
    // The write may be this one, whose first answer was lost.
    const found = await readVersioned(sink, key, LandingSchema);
    return found?.value.holder?.token === landing.holder?.token ? found : null;
  }
}

function fenced(before: Landing | null, object: string, dataKey: string, actor: Actor): Landing {
  const at = new Date(actor.clock.now()).toISOString();
  const holder: Holder = {
    owner: actor.owner,
    run: FENCE_RUN,
    shard: FENCE_SHARD,
    token: actor.newToken(),
    attempt: 1,
    fingerprint: "",
    lease_ms: FENCE_LEASE_MS,
    claimed_at: at,
    renewed_at: at,
  };
  if (before === null) {
    const nothing = { ended: null, manifest: null, intents: [], history: [] };
    return { version: LEDGER_VERSION, object, key: dataKey, seq: 1, holder, ...nothing };
  }
  const silent = before.holder === null || before.holder.run === FENCE_RUN ? null : before.holder;
  return { ...before, seq: before.seq + 1, holder, ended: silent === null ? before.ended : released(silent, at) };
}

/** The end of a holder that fell silent. */
function released({ owner, run, shard, attempt, claimed_at }: Holder, at: string): Landing["ended"] {
  return { outcome: "released", owner, run, shard, attempt, claimed_at, at, error: null };
}
