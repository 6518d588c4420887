import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertKey, assertPrefix } from "../key.ts";
import { assertRange, type ByteRange, resolveRange, tailRange } from "../range.ts";
import type { Sink, StoredObject } from "../sink.ts";
import { assertInTime, toWriter } from "../writer.ts";
import { openFileDraft, syncFolder } from "./draft.ts";
import { isAbsent, toFileError } from "./errors.ts";
import { assertUnchanged, fileInfo, headFile } from "./info.ts";
import { withFileLock } from "./lock.ts";
import { fileSystemNow, removeAbandoned, temporaryPath } from "./temp.ts";
import { walk, walkFolders } from "./walk.ts";

/**
 * Objects as files of one folder, which is made when the first is written. Durable: the file is synced before it gets its name, name and
 * new folders before `publish()` resolves. Etags are inode, time and size, so they cost no read, and serve as tokens; content type and
 * metadata are not kept.
 */
export function openFileSink(folder: string): Sink {
  const root = resolve(folder);
  const pathOf = (key: string): string => {
    assertKey(key);
    return join(root, key);
  };

  return {
    url: pathToFileURL(root).href,

    create: async (key, options = {}) => {
      const path = pathOf(key);
      await removeAbandoned(dirname(path));
      return toWriter(await openFileDraft({ path, key, transient: false }), key, options.signal);
    },

    put: async (key, body, { condition, transient = false } = {}) => {
      const path = pathOf(key);
      const writer = toWriter(await openFileDraft({ path, key, transient }), key, undefined);
      await writer.write(body);
      try {
        return await writer.publish(condition);
      } catch (error) {
        // What can't be removed now is removed as abandoned later; the first error matters.
        await writer.abort().catch(() => {});
        throw error;
      }
    },

    get: async (key) => readFile(pathOf(key), key),

    tail: async (key, bytes) => readFile(pathOf(key), key, tailRange(bytes)),

    read: async (key, range) => {
      const path = pathOf(key);
      if (range !== undefined) assertRange(range);
      return (await readFile(path, key, range))?.body ?? null;
    },

    head: async (key) => headFile(pathOf(key), key),

    list: (prefix) => {
      assertPrefix(prefix);
      return translated(walk(root, prefix), root);
    },

    listFolders: (prefix) => {
      assertPrefix(prefix);
      return translated(walkFolders(root, prefix), root);
    },

    delete: async (key, { condition, inTime } = {}) => {
      const path = pathOf(key);
      assertInTime(key, inTime);
      const found = await headFile(path, key);
      if (condition !== undefined) assertUnchanged(found, key, condition);
      if (found === null) return;
      const trash = temporaryPath(dirname(path));
      try {
        await mkdir(trash);
        await withFileLock(path, trash, async (entry) => {
          if (condition !== undefined) assertUnchanged(await headFile(path, key), key, condition);
          await rename(path, join(entry, "deleted"));
        });
        await rm(trash, { recursive: true, force: true });
        await syncFolder(dirname(path));
      } catch (error) {
        await rm(trash, { recursive: true, force: true }).catch(() => {});
        if (!isAbsent(error)) throw toFileError(error, "delete", path);
        if (condition !== undefined) assertUnchanged(null, key, condition);
      }
    },

    now: () => fileSystemNow(root),

    locate: (key) => pathToFileURL(pathOf(key)).href,

    close: async () => {},
  };
}

/** Reads file and info from one handle, so that they belong together. */
async function readFile(path: string, key: string, range?: ByteRange): Promise<StoredObject | null> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, "r");
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) return null;
    const { start, end } = resolveRange(range, Number(stats.size));
    return { body: await readFully(handle, start, end), info: fileInfo(key, stats) };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw toFileError(error, "read", path);
  } finally {
    await handle?.close();
  }
}

async function readFully(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(end - start);
  let filled = 0;
  while (filled < bytes.byteLength) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, start + filled);
    if (bytesRead === 0) throw new Error(`the file ended ${bytes.byteLength - filled} bytes early`);
    filled += bytesRead;
  }
  return bytes;
}

async function* translated<T>(items: AsyncGenerator<T>, root: string): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw toFileError(error, "list", root);
  }
}
