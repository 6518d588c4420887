import { randomUUID } from "node:crypto";
import { link, open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BronzeError } from "../../model/errors.ts";
import { RESERVED_PREFIX } from "../key.ts";
import { isAbsent, systemCode } from "./errors.ts";

/** A lock is held for a few system calls. One that is older belonged to a process that died meanwhile. */
const STALE_MS = 10_000;
const GIVE_UP_MS = 60_000;

/**
 * Runs `work` while no other process does so for the same path: a file next to it, made exclusively, is the lock. `work` must call
 * `stillMine` right before its one irreversible step: a process that was stopped for longer than {@link STALE_MS} finds out there.
 * @throws BronzeError SINK_FAILED, retryable, when the lock isn't free within a minute or was lost.
 */
export async function withFileLock<T>(path: string, work: (stillMine: () => Promise<void>) => Promise<T>): Promise<T> {
  const lockPath = join(dirname(path), `${RESERVED_PREFIX}lock-${basename(path).slice(0, 200)}`);
  const mine = await acquire(lockPath);
  const stillMine = async (): Promise<void> => {
    if ((await identity(lockPath)) !== mine) throw lockFailed(path, "the lock was lost to another process");
  };
  try {
    return await work(stillMine);
  } finally {
    if ((await identity(lockPath)) === mine) await unlink(lockPath).catch(() => {});
  }
}

function lockFailed(path: string, reason: string): BronzeError {
  return new BronzeError("SINK_FAILED", `can't replace ${path}: ${reason}`, { retryable: true, context: { path } });
}

/** A file's identity: inode and the instant it was made. Null when it is gone. */
async function identity(path: string): Promise<string | null> {
  try {
    const { ino, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}-${mtimeNs}`;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

async function acquire(lockPath: string): Promise<string> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (;;) {
    try {
      const handle = await open(lockPath, "wx", 0o600);
      try {
        const { ino, mtimeNs } = await handle.stat({ bigint: true });
        return `${ino}-${mtimeNs}`;
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
    await breakIfStale(lockPath);
    if (performance.now() > giveUpAt) throw lockFailed(lockPath, "another process holds its lock");
    await delay(1 + Math.random() * 9);
  }
}

async function breakIfStale(lockPath: string): Promise<void> {
  const found = await stat(lockPath, { bigint: true }).catch(() => null);
  if (found === null || Date.now() - Number(found.mtimeMs) < STALE_MS) return;
  // Of several who judge it stale, one succeeds in moving it away. Whoever is late may move a fresh lock instead, and puts it back.
  const aside = join(dirname(lockPath), `${RESERVED_PREFIX}stale-${randomUUID()}`);
  try {
    await rename(lockPath, aside);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  if ((await identity(aside)) !== `${found.ino}-${found.mtimeNs}`) await link(aside, lockPath).catch(() => {});
  await unlink(aside);
}
