import { randomUUID } from "node:crypto";
import { open, readdir, rm, rmdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { RESERVED_PREFIX } from "../key.ts";
import { systemCode } from "./errors.ts";

const TEMP_PREFIX = `${RESERVED_PREFIX}tmp-`;
/** Begins the name of a lock's folder. */
export const LOCK_PREFIX = `${RESERVED_PREFIX}lock.d-`;
/** A temporary file that nobody wrote to for this long was left by a killed process. */
const ABANDONED_MS = 24 * 3_600_000;

/** A new name for a temporary file in a folder. It is reserved, so the file is never listed. */
export function temporaryPath(folder: string): string {
  return join(folder, `${TEMP_PREFIX}${randomUUID()}`);
}

/**
 * The clock of the file system that holds a folder, which on a network share is another machine's: the time that a new file gets.
 * Where no file can be made, nobody here competes for a lock or a lease, and this machine's clock serves.
 */
export async function fileSystemNow(folder: string): Promise<Date> {
  const path = temporaryPath(folder);
  try {
    const handle = await open(path, "wx", 0o600);
    try {
      return (await handle.stat()).ctime;
    } finally {
      await handle.close();
      await unlink(path);
    }
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS"].includes(systemCode(error) ?? "")) return new Date();
    throw error;
  }
}

/** Removes what killed writers left in a folder; a folder that can't be read has nothing to offer. */
export async function removeAbandoned(folder: string, now: (folder: string) => Promise<Date> = fileSystemNow): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const temporary = names.filter((name) => name.startsWith(TEMP_PREFIX));
  const locks = names.filter((name) => name.startsWith(LOCK_PREFIX));
  if (temporary.length + locks.length === 0) return;
  const nowMs = (await now(folder)).getTime();
  const remove = async (path: string): Promise<void> => {
    // Not the modification time, which a writer sets by its own clock when it ends.
    const stats = await stat(path).catch(() => null);
    if (stats !== null && nowMs - stats.ctimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true }).catch(() => {});
  };
  for (const name of temporary) await remove(join(folder, name));
  for (const name of locks) {
    // What is in it has a name of its own, so that no other writer's lock is meant.
    for (const entry of await readdir(join(folder, name)).catch(() => [])) await remove(join(folder, name, entry));
    await rmdir(join(folder, name)).catch(() => {});
  }
}
