import { randomUUID } from "node:crypto";
import { landShard } from "../extract/land-shard.ts";
import type { ShardClaim } from "../ledger/claim.ts";
import { claimShard } from "../ledger/claims.ts";
import { isConflict } from "../ledger/document.ts";
import type { Lease } from "../ledger/lease.ts";
import type { ShardManifest } from "../ledger/manifest.ts";
import { readManifest } from "../ledger/shards.ts";
import { isStopped } from "../ledger/stop.ts";
import { shardError } from "../ledger/summary.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { RunJob } from "./run-job.ts";

/** Renewed three times in this time; who is silent for longer, and some seconds more, loses the shard to whoever wants it. */
export const LEASE_MS = 120_000;

export type ClaimedOutcome =
  /** `fresh`: by this call; else it had landed before, or another process landed it meanwhile. */
  | { readonly outcome: "landed"; readonly manifest: ShardManifest; readonly fresh: boolean }
  | { readonly outcome: "failed"; readonly error: BronzeError }
  /** Another process works on it. */
  | { readonly outcome: "held"; readonly claim: ShardClaim };

/**
 * Lands a shard of a planned run under a claim in the ledger, which says there how it ended. A shard that has landed costs two reads.
 * @param owner names this process, {@link newOwner}
 * @param afterwards is given the end of a landed shard's claim, for others to go on meanwhile; without it that is waited for
 * @throws BronzeError CANCELLED when the signal aborted (the claim is released) or somebody cancelled the run
 */
export async function landClaimed(
  shard: Shard,
  job: RunJob,
  owner: string,
  afterwards?: (ended: Promise<void>) => void,
): Promise<ClaimedOutcome> {
  const { object } = shard;
  const address = { object, run: job.run, shard: shard.id };
  const [isOver, landed] = await Promise.all([
    isStopped(job.session.sink, object, job.run),
    readManifest(job.session.sink, object, job.run, shard.id),
  ]);
  if (isOver) throw stopped(job);
  const claimed = await claimShard(job.session.sink, address, { owner, leaseMs: LEASE_MS, manifest: landed });
  if (claimed.outcome === "landed") return { outcome: "landed", manifest: claimed.manifest.value, fresh: false };
  if (claimed.outcome === "held") return claimed;
  const { lease } = claimed;
  lease.keepAlive();
  try {
    const signal = AbortSignal.any([job.signal, lease.lost]);
    const attempt = { number: lease.attempt, token: randomUUID(), signal };
    const manifest = await landShard(shard, job.run, job.options, job.session, attempt, landed);
    // The shard has landed, whatever becomes of its claim: the manifest outweighs it.
    const ended = lease.end("landed").catch(() => {});
    if (afterwards === undefined) await ended;
    else afterwards(ended);
    return { outcome: "landed", manifest, fresh: true };
  } catch (error) {
    return await endOf(error, lease, shard, job);
  }
}

async function endOf(error: unknown, lease: Lease, shard: Shard, job: RunJob): Promise<ClaimedOutcome> {
  if (job.signal.aborted) {
    await lease.end("released");
    throw error;
  }
  if (lease.lost.aborted && (await isStopped(job.session.sink, shard.object, job.run))) throw stopped(job);
  if (lease.lost.aborted || isConflict(error)) {
    const landed = await readManifest(job.session.sink, shard.object, job.run, shard.id);
    if (landed !== null) {
      await lease.end("landed");
      return { outcome: "landed", manifest: landed.value, fresh: false };
    }
  }
  const failure = asFailure(lease.lost.aborted ? lease.lost.reason : error);
  await lease.fail(shardError(failure));
  return { outcome: "failed", error: failure };
}

/** A bug in the extract of one shard is that shard's failure: the others go on. */
function asFailure(error: unknown): BronzeError {
  if (error instanceof BronzeError) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new BronzeError("SHARD_FAILED", `A fault of pg-bronze, not of yours: ${message}`, {
    hint: "Run this shard alone with pg-bronze extract --debug, and report what it prints.",
    cause: error,
  });
}

function stopped(job: RunJob): BronzeError {
  return new BronzeError("CANCELLED", `Run ${job.run} was cancelled`, {
    hint: `Take it up again with: pg-bronze retry ${job.run}`,
    context: { run: job.run },
  });
}
