import { randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { link, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BronzeError } from "../../model/errors.ts";
import { RESERVED_PREFIX } from "../key.ts";
import type { ObjectInfo } from "../sink.ts";
import type { Draft } from "../writer.ts";
import { systemCode, toFileError } from "./errors.ts";

const TEMP_PREFIX = `${RESERVED_PREFIX}tmp-`;
/** A temporary file that nobody wrote to for this long was left by a killed process. */
const ABANDONED_MS = 24 * 3_600_000;

/** Changes with every write: each one is a new inode, and its time is set to the microsecond. */
export function fileInfo(key: string, stats: BigIntStats): ObjectInfo {
  return {
    key,
    bytes: Number(stats.size),
    etag: `"${stats.ino.toString(36)}-${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}"`,
    modified: new Date(Number(stats.mtimeMs)),
  };
}

export function conflict(key: string, reason: string): BronzeError {
  return new BronzeError("SINK_CONFLICT", `${key} ${reason}`, { context: { key } });
}

/** How the finished temporary file takes its name: a rename, in one step, or a hard link, which fails when the name is taken. */
export async function takeName(tempPath: string, path: string, key: string, ifExists: "replace" | "fail"): Promise<void> {
  if (ifExists === "replace") return rename(tempPath, path);
  try {
    await link(tempPath, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") throw conflict(key, "exists already");
    throw error;
  }
  await unlink(tempPath);
}

/** A new file beside the one that it will become. Its name is reserved, so it is never listed. */
export async function openFileDraft(
  path: string,
  key: string,
  ifExists: "replace" | "fail",
  { transient = false } = {},
): Promise<Draft> {
  const folder = dirname(path);
  const tempPath = join(folder, `${TEMP_PREFIX}${randomUUID()}`);
  let handle: FileHandle | null;
  try {
    handle = await openNew(tempPath).catch(async (error) => {
      if (systemCode(error) !== "ENOENT") throw error;
      await makeFolder(folder);
      return openNew(tempPath);
    });
  } catch (error) {
    throw toFileError(error, "write", path);
  }

  const closeHandle = async (): Promise<void> => {
    const open = handle;
    handle = null;
    await open?.close();
  };

  return {
    append: async (chunk) => {
      try {
        for (let offset = 0; offset < chunk.byteLength; ) {
          offset += (await handle!.write(chunk, offset)).bytesWritten;
        }
      } catch (error) {
        throw toFileError(error, "write", path);
      }
    },
    publish: async () => {
      try {
        const now = (performance.timeOrigin + performance.now()) / 1000;
        await handle!.utimes(now, now);
        await handle!.sync();
        const stats = await handle!.stat({ bigint: true });
        await closeHandle();
        await takeName(tempPath, path, key, ifExists);
        if (!transient) await syncFolder(folder);
        return fileInfo(key, stats);
      } catch (error) {
        throw toFileError(error, "write", path);
      }
    },
    cancel: () => {},
    discard: async () => {
      await closeHandle().catch(() => {});
      await unlink(tempPath).catch((error) => {
        if (systemCode(error) !== "ENOENT") throw toFileError(error, "remove", tempPath);
      });
    },
  };
}

const openNew = (path: string): Promise<FileHandle> => open(path, "wx");

/** Makes a folder and its parents, durably: each new name is synced in the folder that holds it. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Makes the names in a folder durable. Windows has no such call, and needs none. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what killed writers left in a folder; a folder that can't be read has nothing to offer. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(TEMP_PREFIX)) continue;
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    if (stats !== null && Date.now() - stats.mtimeMs > ABANDONED_MS) await unlink(path).catch(() => {});
  }
}
