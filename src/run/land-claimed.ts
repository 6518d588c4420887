import type { PreparedShard } from "../extract/prepare-shard.ts";
import type { Claim } from "../ledger/claim.ts";
import { claimKey, readLanding } from "../ledger/claims.ts";
import { isConflict } from "../ledger/document.ts";
import { shardError } from "../ledger/fields.ts";
import type { Holder } from "../ledger/landing.ts";
import type { ShardManifest } from "../ledger/manifest.ts";
import { receiptKey } from "../ledger/paths.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { receiptOf, writeReceipt } from "../ledger/receipts.ts";
import { isStopped } from "../ledger/stop.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { Sink } from "../sink/sink.ts";
import { commitLanding } from "./commit-landing.ts";
import { retryHint } from "./hints.ts";
import { refuseForeign } from "./refuse-foreign.ts";
import type { RunContext } from "./run-context.ts";

export type ClaimedOutcome =
  /** `fresh`: by this call; else it had landed before, or another process of the run landed it meanwhile. */
  | { readonly outcome: "landed"; readonly manifest: ShardManifest; readonly fresh: boolean }
  /** A run that was planned later has landed the key: its manifest. */
  | { readonly outcome: "superseded"; readonly manifest: ShardManifest }
  | { readonly outcome: "failed"; readonly error: BronzeError }
  /** Another process works on it, until after this time at the latest, should it fall silent. */
  | { readonly outcome: "held"; readonly holder: Holder; readonly freeInMs: number };

/**
 * Lands a shard of a run: claims its data key, prepares its files, publishes and commits them. A shard that has landed costs three reads.
 * @throws BronzeError CANCELLED when the signal aborted (the claim is released) or somebody cancelled the run
 */
export async function landClaimed(shard: Shard, context: RunContext): Promise<ClaimedOutcome> {
  const { sink, plan, actor, replace } = context;
  const { object, run, planned_at, fingerprint } = plan;
  if (await isStopped(sink, object, run)) throw stopped(plan);
  const claimed = await claimKey(sink, { object, run, planned_at, fingerprint, replace, shard: shard.id, key: shard.key }, actor);
  switch (claimed.outcome) {
    case "landed":
      await restoreReceipt(sink, shard, claimed.manifest);
      return { ...claimed, fresh: false };
    case "claimed":
      return landUnder(claimed.claim, shard, context);
    default:
      return claimed;
  }
}

async function landUnder(claim: Claim, shard: Shard, context: RunContext): Promise<ClaimedOutcome> {
  const { sink, plan } = context;
  let prepared: PreparedShard | null = null;
  claim.keepAlive();
  try {
    if (claim.landing.manifest !== null) {
      await refuseForeign(sink, claim.landing, plan, context.replace);
      context.replacing(shard, claim.landing.manifest);
    }
    const signal = AbortSignal.any([context.signal, claim.lost]);
    prepared = await context.prepare(shard, { number: claim.attempt, token: claim.token, signal });
    context.signal.throwIfAborted();
    const manifest = await commitLanding(sink, claim, plan, prepared);
    await writeReceipt(sink, receiptOf(manifest, shard.key));
    return { outcome: "landed", manifest, fresh: true };
  } catch (error) {
    return await endOf(await discard(prepared, error), claim, shard, context);
  }
}

/** Removes what was written and isn't visible. @returns the error that led here, with what could not be removed */
async function discard(prepared: PreparedShard | null, error: unknown): Promise<unknown> {
  let failure = error;
  for (const { writer } of prepared?.files ?? []) {
    await writer.abort().catch((leftover) => {
      if (failure instanceof BronzeError) failure = failure.within({ leftover: String(leftover?.message ?? leftover) });
    });
  }
  return failure;
}

async function endOf(error: unknown, claim: Claim, shard: Shard, { sink, plan, signal }: RunContext): Promise<ClaimedOutcome> {
  if (signal.aborted) {
    await claim.release().catch(() => {});
    throw error;
  }
  const failure = asFailure(claim.lost.aborted ? claim.lost.reason : error);
  // The reason counts, not that it couldn't be written down: the claim then ends with its lease.
  await claim.fail(shardError(failure)).catch(() => {});
  // The answer to the commit may have been lost: the record then says so.
  const committed = claim.landing.manifest;
  if (committed?.token === claim.token) {
    return writeReceipt(sink, receiptOf(committed, shard.key)).then(
      () => ({ outcome: "landed", manifest: committed, fresh: true }),
      () => ({ outcome: "failed", error: failure }),
    );
  }
  if (!claim.lost.aborted && !isConflict(error)) return { outcome: "failed", error: failure };
  if (claim.lost.aborted && (await isStopped(sink, plan.object, plan.run))) throw stopped(plan);
  const landing = await readLanding(sink, plan.object, shard.key);
  const manifest = landing?.value.manifest ?? null;
  if (manifest?.run !== plan.run) return { outcome: "failed", error: failure };
  await restoreReceipt(sink, shard, manifest);
  return { outcome: "landed", manifest, fresh: manifest.token === claim.token };
}

/** Its writer may have been killed between the commit and the receipt. */
async function restoreReceipt(sink: Sink, shard: Shard, manifest: ShardManifest): Promise<void> {
  const key = receiptKey(manifest.object, manifest.run, manifest.shard);
  if ((await sink.head(key)) === null) await writeReceipt(sink, receiptOf(manifest, shard.key));
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

function stopped(plan: RunPlan): BronzeError {
  return new BronzeError("CANCELLED", `Run ${plan.run} was cancelled`, {
    hint: retryHint("Take it up again with", plan),
    context: { run: plan.run },
  });
}
