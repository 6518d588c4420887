import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Actor } from "../../src/ledger/actor.ts";
import { type ClaimOutcome, claimKey, type WantedKey } from "../../src/ledger/claims.ts";
import { systemClock } from "../../src/model/clock.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { parseRunId, parseShardId } from "../../src/model/ids.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";

const WANTED: WantedKey = {
  object: "parcel",
  key: "data/tx_travis.parquet",
  shard: parseShardId("tx_travis"),
  run: parseRunId("run-1"),
  planned_at: new Date(0).toISOString(),
  fingerprint: "a".repeat(64),
  replace: false,
};

/** What came of claims on a slow disk. */
export interface SlowClaims {
  /** How invariant b broke; null when it held. */
  readonly broken: string | null;
  /** Syncs that were slow, each in a claim of its own. */
  readonly slow: number;
}

/**
 * Lets a process claim a data key in a real folder, where one sync to disk takes as long as it takes another process to claim the key too:
 * under a lock, until that one takes the lock for a dead process's. Every sync of the first process is the slow one in turn.
 */
export async function claimOnSlowDisk(): Promise<SlowClaims> {
  for (let slow = 1; ; slow++) {
    const { wasSlow, claimed } = await claimTwice(slow);
    if (claimed.length > 1) {
      return { broken: `sync ${slow} is slow, and ${claimed.join(" and ")} both claim ${WANTED.key}`, slow };
    }
    if (!wasSlow) return { broken: null, slow: slow - 1 };
  }
}

/** @param slow which sync of the first process is slow, from 1 on */
async function claimTwice(slow: number): Promise<{ readonly wasSlow: boolean; readonly claimed: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "slow-disk-"));
  const sink = openFileSink(folder);
  const claimed: string[] = [];
  const claim = async (owner: string): Promise<void> => {
    const taken = await claimKey(sink, WANTED, actorOf(owner)).catch((error) => {
      // Its lock was taken for a dead process's.
      if (error instanceof BronzeError && error.retryable) return null;
      throw error;
    });
    if (taken?.outcome === "claimed") claimed.push(owner);
  };
  await leaveFree(sink);
  let syncs = 0;
  const restore = await onSync(async () => {
    if (++syncs === slow) await claim("another process");
  });
  try {
    await claim("the slow process");
  } finally {
    restore();
    await rm(folder, { recursive: true });
  }
  return { wasSlow: syncs >= slow, claimed };
}

/** A landing record that nobody holds: whoever claims the key replaces it. */
async function leaveFree(sink: Sink): Promise<void> {
  const taken: ClaimOutcome = await claimKey(sink, WANTED, actorOf("the first"));
  if (taken.outcome !== "claimed") throw new Error(`a new folder's key is ${taken.outcome}`);
  await taken.claim.release();
}

let tokens = 0;
const actorOf = (owner: string): Actor => ({ owner, clock: systemClock, leaseMs: 150_000, newToken: () => `t${++tokens}` });

/** Calls `work` before every sync of a file or a folder. @returns how to stop that */
async function onSync(work: () => Promise<void>): Promise<() => void> {
  const handle = await open(tmpdir());
  await handle.close();
  const handles = Object.getPrototypeOf(handle) as FileHandle;
  const { sync } = handles;
  handles.sync = async function (this: FileHandle) {
    await work();
    return sync.call(this);
  };
  return () => {
    handles.sync = sync;
  };
}
