import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import pLimit from "p-limit";
import { BronzeError } from "../model/errors.ts";
import { parseShardId, type RunId, type ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { type ShardClaim, ShardClaimSchema } from "./claim.ts";
import { STATES, situationOf } from "./claim-states.ts";
import { isConflict, readVersioned, type Versioned } from "./document.ts";
import { type Found, surveyFolder } from "./folder.ts";
import { createLease, type Lease, writeClaim } from "./lease.ts";
import { LEDGER_VERSION, type ShardManifest } from "./manifest.ts";
import { claimFolder, claimKey } from "./paths.ts";
import { readManifest } from "./shards.ts";

export interface ShardAddress {
  readonly object: string;
  readonly run: RunId;
  readonly shard: ShardId;
}

export interface ClaimOptions {
  /** Who claims: {@link newOwner}, once for each process. */
  readonly owner: string;
  /** How long the claim holds without a heartbeat. Default 5 minutes. */
  readonly leaseMs?: number;
  readonly now?: () => Date;
  /** The shard's manifest, for who has just read it. */
  readonly manifest?: Versioned<ShardManifest> | null;
}

export type ClaimOutcome =
  | { readonly outcome: "claimed"; readonly lease: Lease }
  | { readonly outcome: "landed"; readonly manifest: Versioned<ShardManifest> }
  /** Somebody else works on it: come back after `until` when it hasn't landed by then. */
  | { readonly outcome: "held"; readonly claim: ShardClaim };

/** A name for this process: `<host>-<pid>-<random>`. */
export function newOwner(): string {
  return `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
}

/**
 * Claims a shard for this process. Of any number who try, one gets it: every step is a put on the condition that nothing changed.
 * The claim saves work; it doesn't guard the data, which any writer lands the same, nor the manifest, which has a condition of its own.
 */
export async function claimShard(sink: Sink, address: ShardAddress, options: ClaimOptions): Promise<ClaimOutcome> {
  const { object, run, shard } = address;
  const key = claimKey(object, run, shard);
  const now = options.now ?? (() => new Date());
  const leaseMs = options.leaseMs ?? 300_000;
  for (let lost = 0; lost < 10; lost++) {
    const known = lost === 0 ? options.manifest : undefined;
    const manifest = known === undefined ? await readManifest(sink, object, run, shard) : known;
    if (manifest !== null) return { outcome: "landed", manifest };
    // Most shards have no claim: the put finds out as well as a read would.
    const current = lost === 0 ? null : await readVersioned(sink, key, ShardClaimSchema);
    const { act } = STATES[situationOf(current?.value ?? null, false, options.owner, now())];
    if (act === "wait") return { outcome: "held", claim: current!.value };
    const at = now();
    const claim: ShardClaim = {
      version: LEDGER_VERSION,
      object,
      run,
      shard,
      owner: options.owner,
      state: "running",
      attempt: act === "resume" ? current!.value.attempt : (current?.value.attempt ?? 0) + 1,
      claimed_at: at.toISOString(),
      heartbeat_at: at.toISOString(),
      expires_at: new Date(at.getTime() + leaseMs).toISOString(),
      error: current?.value.error ?? null,
    };
    try {
      const etag = await writeClaim(sink, key, claim, current === null ? "absent" : { etag: current.etag });
      return { outcome: "claimed", lease: createLease(sink, key, { value: claim, etag }, { leaseMs, now }) };
    } catch (error) {
      // Somebody has claimed it: look who, and whether they still hold it.
      if (!isConflict(error)) throw error;
    }
  }
  throw new BronzeError("SINK_CONFLICT", `the claim of shard ${shard} changes all the time`, {
    retryable: true,
    context: { object, run, shard },
  });
}

export async function readClaim(sink: Sink, { object, run, shard }: ShardAddress): Promise<ShardClaim | null> {
  return (await readVersioned(sink, claimKey(object, run, shard), ShardClaimSchema))?.value ?? null;
}

/** All claims of a run, in byte order of their shards, each under its shard's name. */
export function readClaims(sink: Sink, object: string, run: RunId): Promise<Found<ShardClaim>[]> {
  return surveyFolder(sink, claimFolder(object, run), ShardClaimSchema, (claim) => claim);
}

/**
 * Ends the claims of everybody who works on a run: their next heartbeat tells them so. A damaged claim is left as it is.
 * @returns the shards that were under way.
 */
export async function releaseClaims(sink: Sink, object: string, run: RunId, by: string): Promise<string[]> {
  const claims = await readClaims(sink, object, run);
  const running = claims.flatMap((one) => ("value" in one && one.value.state === "running" ? [one.value] : []));
  const limit = pLimit(16);
  const released = await Promise.all(
    running.map(({ shard }) => limit(releaseClaim, sink, claimKey(object, run, parseShardId(shard)), by)),
  );
  return running.flatMap(({ shard }, i) => (released[i] ? [shard] : []));
}

async function releaseClaim(sink: Sink, key: string, by: string): Promise<boolean> {
  for (let lost = 0; lost < 10; lost++) {
    const current = await readVersioned(sink, key, ShardClaimSchema);
    if (current === null || current.value.state !== "running") return false;
    try {
      await writeClaim(sink, key, { ...current.value, owner: by, state: "released" }, { etag: current.etag });
      return true;
    } catch (error) {
      // A heartbeat came in between.
      if (!isConflict(error)) throw error;
    }
  }
  return false;
}
