import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BronzeError } from "../../model/errors.ts";
import { isAbsent, systemCode } from "./errors.ts";
import { fileSystemNow, LOCK_PREFIX, temporaryPath } from "./temp.ts";

/** A lock is held for a few system calls. One that is older belonged to a process that died or was stopped meanwhile. */
const STALE_MS = 10_000;
/** A lock that is still the same after this long is worth asking the file system for its clock. */
const SUSPECT_MS = 100;
const GIVE_UP_MS = 60_000;

/** The folder that is the lock of a path: whoever has an entry in it holds it. */
export function lockOf(path: string): string {
  const name = basename(path);
  const short = Buffer.byteLength(name) <= 200 ? name : createHash("sha256").update(name).digest("hex");
  return join(dirname(path), `${LOCK_PREFIX}${short}`);
}

/**
 * Runs `work` while no other process does so for the same path. The lock is a folder next to it that holds one entry, `source` under a
 * name that never comes back. A folder can be renamed to an absent or an empty one only, so of many one gets its entry in. `work` takes
 * its one irreversible step by renaming that entry away, or something into it. Whoever finds the lock stale removes the entry first:
 * however long a process was stopped, and wherever, its step then fails with ENOENT. So does all else that it does to the lock, since
 * that too goes by the entry's name. What is left of `source` goes back to its place.
 * @param source a file or a folder beside `path`
 * @throws BronzeError SINK_FAILED, retryable, when the lock isn't free within a minute or was lost.
 */
export async function withFileLock<T>(path: string, source: string, work: (entry: string) => Promise<T>): Promise<T> {
  const lock = lockOf(path);
  const id = randomUUID();
  const entry = join(lock, id);
  const holds = await acquire(path, source, id);
  try {
    return await work(entry);
  } catch (error) {
    if (isAbsent(error) && !(await holds())) throw lockFailed(path, "the lock was lost to another process");
    throw error;
  } finally {
    await rename(entry, source).catch(() => {});
    // Fails as long as somebody's entry is in it.
    await rmdir(lock).catch(() => {});
  }
}

function lockFailed(path: string, reason: string): BronzeError {
  return new BronzeError("SINK_FAILED", `can't replace ${path}: ${reason}`, { retryable: true, context: { path } });
}

/** @returns tells whether the lock is still this process's */
async function acquire(path: string, source: string, id: string): Promise<() => Promise<boolean>> {
  const lock = lockOf(path);
  const holds = async (): Promise<boolean> => (await stat(join(lock, id)).catch(() => null)) !== null;
  const aside = temporaryPath(dirname(path));
  await mkdir(aside);
  try {
    await rename(source, join(aside, id));
  } catch (error) {
    await rmdir(aside);
    throw error;
  }
  try {
    await waitFor(path, async () => {
      try {
        await rename(aside, lock);
        return true;
      } catch (error) {
        if (["EEXIST", "ENOTEMPTY"].includes(systemCode(error) ?? "")) return false;
        // A network share may do what it was asked, lose the answer, and refuse the repetition.
        if (isAbsent(error) && (await holds())) return true;
        throw error;
      }
    });
  } catch (error) {
    await rename(join(aside, id), source).catch(() => {});
    await rmdir(aside).catch(() => {});
    throw error;
  }
  return holds;
}

/** Tries until it has the lock; breaks one that is stale. */
async function waitFor(path: string, enter: () => Promise<boolean>): Promise<void> {
  const lock = lockOf(path);
  const startedAt = performance.now();
  let seen = { holder: "", sinceMs: 0, staleAtMs: Number.NaN };
  while (!(await enter())) {
    const nowMs = performance.now();
    const holder = (await readdir(lock).catch(() => []))[0] ?? null;
    if (holder !== null && holder !== seen.holder) seen = { holder, sinceMs: nowMs, staleAtMs: Number.NaN };
    else if (holder !== null && nowMs - seen.sinceMs > SUSPECT_MS) {
      if (Number.isNaN(seen.staleAtMs)) seen.staleAtMs = nowMs + STALE_MS - (await ageMs(lock));
      // The name is that of this one holder. Removed late, it is gone already, and whoever holds the lock by then keeps it.
      if (nowMs >= seen.staleAtMs) await rm(join(lock, holder), { recursive: true, force: true }).catch(() => {});
    }
    if (nowMs > startedAt + GIVE_UP_MS) throw lockFailed(path, "another process holds its lock");
    await delay(1 + Math.random() * 9);
  }
}

/** How long ago the lock's folder got its name, by the file system's own clock; this machine's may differ from it. */
async function ageMs(lock: string): Promise<number> {
  const [found, now] = await Promise.all([stat(lock).catch(() => null), fileSystemNow(dirname(lock))]);
  return found === null ? 0 : now.getTime() - found.ctimeMs;
}
