import { statSync } from "node:fs";
import { link, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BronzeError } from "../../model/errors.ts";
import { RESERVED_PREFIX } from "../key.ts";
import { isAbsent, systemCode } from "./errors.ts";
import { fileSystemNow, temporaryPath } from "./temp.ts";

/** A lock is held for a few system calls. One that is older belonged to a process that died or was stopped meanwhile. */
const STALE_MS = 10_000;
/** A lock that is still the same after this long is worth asking the file system for its clock. */
const SUSPECT_MS = 100;
const GIVE_UP_MS = 60_000;

/**
 * Runs `work` while no other process does so for the same path: a file next to it, made exclusively, is the lock. `work` takes its one
 * irreversible step, a single system call, through `whileMine`: a process that was stopped for so long that its lock was broken finds
 * out right before it.
 * @throws BronzeError SINK_FAILED, retryable, when the lock isn't free within a minute or was lost.
 */
export async function withFileLock<T>(path: string, work: (whileMine: (step: () => void) => void) => Promise<T>): Promise<T> {
  const lockPath = join(dirname(path), `${RESERVED_PREFIX}lock-${basename(path).slice(0, 200)}`);
  const mine = await acquire(lockPath);
  const whileMine = (step: () => void): void => {
    // Without a turn of the event loop between the look and the step.
    const found = statSync(lockPath, { bigint: true, throwIfNoEntry: false });
    if (found === undefined || identityOf(found) !== mine) throw lockFailed(path, "the lock was lost to another process");
    step();
  };
  try {
    return await work(whileMine);
  } finally {
    if ((await identity(lockPath)) === mine) await unlink(lockPath).catch(() => {});
  }
}

function lockFailed(path: string, reason: string): BronzeError {
  return new BronzeError("SINK_FAILED", `can't replace ${path}: ${reason}`, { retryable: true, context: { path } });
}

/** A file's identity: inode and the instant it was made. */
const identityOf = ({ ino, mtimeNs }: { ino: bigint; mtimeNs: bigint }): string => `${ino}-${mtimeNs}`;

/** Null when the file is gone. */
async function identity(path: string): Promise<string | null> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function acquire(lockPath: string): Promise<string> {
  const startedAt = performance.now();
  let seen = { identity: "", sinceMs: 0, staleAtMs: Number.NaN };
  for (;;) {
    try {
      const handle = await open(lockPath, "wx", 0o600);
      try {
        return identityOf(await handle.stat({ bigint: true }));
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
    const nowMs = performance.now();
    const found = await identity(lockPath);
    if (found !== null && found !== seen.identity) seen = { identity: found, sinceMs: nowMs, staleAtMs: Number.NaN };
    else if (found !== null && nowMs - seen.sinceMs > SUSPECT_MS) {
      if (Number.isNaN(seen.staleAtMs)) seen.staleAtMs = nowMs + STALE_MS - (await ageMs(lockPath));
      if (nowMs >= seen.staleAtMs) await breakLock(lockPath, found);
    }
    if (nowMs > startedAt + GIVE_UP_MS) throw lockFailed(lockPath, "another process holds its lock");
    await delay(1 + Math.random() * 9);
  }
}

/** By the file system's own clock; this machine's may differ from it. */
async function ageMs(lockPath: string): Promise<number> {
  const [found, now] = await Promise.all([stat(lockPath).catch(() => null), fileSystemNow(dirname(lockPath))]);
  return found === null ? 0 : now.getTime() - found.mtimeMs;
}

async function breakLock(lockPath: string, stale: string): Promise<void> {
  // Of several who judge it stale, one succeeds in moving it away. Whoever is late may move a fresh lock instead, and puts it back.
  const aside = temporaryPath(dirname(lockPath));
  try {
    await rename(lockPath, aside);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  if ((await identity(aside)) !== stale) await link(aside, lockPath).catch(() => {});
  await unlink(aside);
}
