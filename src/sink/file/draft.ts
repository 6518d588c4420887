import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { BronzeError } from "../../model/errors.ts";
import type { Condition, ObjectInfo } from "../sink.ts";
import type { Draft } from "../writer.ts";
import { systemCode, toFileError } from "./errors.ts";
import { assertUnchanged, conflict, etagOf, fileInfo, headFile } from "./info.ts";
import { withFileLock } from "./lock.ts";
import { temporaryPath } from "./temp.ts";

/** What a draft is made into, and how. */
interface Target {
  readonly path: string;
  readonly key: string;
  /** Spares the sync of the folder: a loss of power may take the name back. */
  readonly transient: boolean;
}

/** A new file beside the one that it will become. Its name is reserved, so it is never listed. */
export async function openFileDraft(target: Target): Promise<Draft> {
  const { path } = target;
  const temp = temporaryPath(dirname(path));
  let handle: FileHandle | null = await said(path, () => openWithFolder(temp));
  let sealed: BigIntStats | null = null;
  /** True once the object has its name, also when what comes after it failed. */
  let placed = false;

  const closeHandle = async (): Promise<void> => {
    const open = handle;
    handle = null;
    await open?.close();
  };
  const isOurs = (info: ObjectInfo | null): boolean => info?.etag === etagOf(sealed!);

  return {
    append: (chunk) =>
      said(path, async () => {
        for (let offset = 0; offset < chunk.byteLength; ) offset += (await handle!.write(chunk, offset)).bytesWritten;
      }),

    // The slow part, the sync, comes before any lock: under a lock, it would let the lock grow stale.
    seal: () =>
      said(path, async () => {
        // File systems stamp times only every few milliseconds; a time of our own makes the etag unique.
        const now = (performance.timeOrigin + performance.now()) / 1000;
        await handle!.utimes(now, now);
        await handle!.sync();
        sealed = await handle!.stat({ bigint: true });
        await closeHandle();
        return { bytes: Number(sealed.size), token: etagOf(sealed) };
      }),

    publish: async (condition) => {
      try {
        if (!placed) {
          await takeName(temp, target, condition).catch(async (error) => {
            // A network share may do what it was asked, lose the answer, and refuse the repetition.
            if (!isOurs(await headFile(path, target.key))) throw error;
          });
          placed = true;
          await unlink(temp).catch(() => {});
        }
        if (!target.transient) await syncFolder(dirname(path));
        const info = await headFile(path, target.key);
        return info !== null && isOurs(info) ? info : fileInfo(target.key, sealed!);
      } catch (error) {
        const failure = toFileError(error, "write", path);
        throw placed ? failure.within({ outcome: "unknown" }) : failure;
      }
    },

    cancel: () => {},

    discard: async () => {
      await closeHandle().catch(() => {});
      await unlink(temp).catch((error) => {
        if (systemCode(error) !== "ENOENT") throw toFileError(error, "remove", temp);
      });
      if (placed && isOurs(await headFile(path, target.key))) {
        throw new BronzeError("SINK_FAILED", `${path} is there all the same`, { context: { path } });
      }
    },
  };
}

/**
 * How the finished temporary file takes its name. A hard link fails when the name is taken, in one system call. Compare and replace are
 * two: a lock beside the file makes them one among all who replace or delete it, and holds the temporary file meanwhile.
 */
async function takeName(temp: string, { path, key }: Target, condition: Condition | undefined): Promise<void> {
  if (condition === "absent") {
    await link(temp, path).catch((error) => {
      throw systemCode(error) === "EEXIST" ? conflict(key, "exists already") : error;
    });
    return;
  }
  await withFileLock(path, temp, async (entry) => {
    if (condition !== undefined) assertUnchanged(await headFile(path, key), key, condition);
    await rename(entry, path);
  });
}

/** Runs a step; what the system says is said of the path that people know. */
async function said<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileError(error, "write", path);
  }
}

const openNew = (path: string): Promise<FileHandle> => open(path, "wx", 0o644);

async function openWithFolder(path: string): Promise<FileHandle> {
  try {
    return await openNew(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    await makeFolder(dirname(path));
    return openNew(path);
  }
}

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
