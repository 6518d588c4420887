import type { FileHandle } from "node:fs/promises";
import { open, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { assertKey, assertPrefix } from "../key.ts";
import { assertRange, resolveRange } from "../range.ts";
import type { CreateOptions, ObjectInfo, PutOptions, Sink } from "../sink.ts";
import { toWriter } from "../writer.ts";
import { conflict, fileInfo, openFileDraft, removeAbandoned, syncFolder } from "./draft.ts";
import { isAbsent, toFileError } from "./errors.ts";
import { withFileLock } from "./lock.ts";
import { walk, walkFolders } from "./walk.ts";

/**
 * Objects as files of one folder, which is made when the first is written. Durable: file, name and new folders are synced before
 * `close()` resolves. Etags are inode, time and size, so they cost no read; content type and metadata are not kept.
 */
export function openFileSink(folder: string): Sink {
  const root = resolve(folder);
  const pathOf = (key: string): string => {
    assertKey(key);
    return join(root, key);
  };

  return {
    url: pathToFileURL(root).href,

    create: async (key, options: CreateOptions = {}) => {
      const path = pathOf(key);
      const ifExists = options.ifExists ?? "replace";
      if (ifExists === "fail" && (await headFile(path, key)) !== null) throw conflict(key, "exists already");
      await removeAbandoned(dirname(path));
      return toWriter(await openFileDraft(path, key, ifExists), key, options.signal);
    },

    put: async (key, body, options: PutOptions = {}) => {
      const path = pathOf(key);
      const { condition, transient = false } = options;
      const draft = await openFileDraft(path, key, condition === "absent" ? "fail" : "replace", { transient });
      const writer = toWriter({ ...draft, publish: () => publishLocked(path, key, condition, draft.publish) }, key, undefined);
      await writer.write(body);
      return writer.close();
    },

    read: async (key, range) => {
      const path = pathOf(key);
      if (range !== undefined) assertRange(range);
      let handle: FileHandle | null = null;
      try {
        handle = await open(path, "r");
        const stats = await handle.stat();
        if (!stats.isFile()) return null;
        const { start, end } = resolveRange(range, stats.size);
        return await readFully(handle, start, end);
      } catch (error) {
        if (isAbsent(error)) return null;
        throw toFileError(error, "read", path);
      } finally {
        await handle?.close();
      }
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

    delete: async (key) => {
      const path = pathOf(key);
      if ((await headFile(path, key)) === null) return;
      try {
        await withFileLock(path, () => unlink(path));
        await syncFolder(dirname(path));
      } catch (error) {
        if (!isAbsent(error)) throw toFileError(error, "delete", path);
      }
    },

    locate: (key) => pathToFileURL(pathOf(key)).href,

    close: async () => {},
  };
}

async function headFile(path: string, key: string): Promise<ObjectInfo | null> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? fileInfo(key, stats) : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw toFileError(error, "read", path);
  }
}

/**
 * Compare and replace are two system calls: a lock beside the file makes them one among all puts of the key. Taking a name that nobody
 * has is one system call, and needs no lock.
 */
async function publishLocked(
  path: string,
  key: string,
  condition: PutOptions["condition"],
  publish: () => Promise<ObjectInfo>,
): Promise<ObjectInfo> {
  try {
    if (condition === "absent") return await publish();
    return await withFileLock(path, async (stillMine) => {
      if (typeof condition === "object") {
        const current = await headFile(path, key);
        if (current === null) throw conflict(key, "is gone");
        if (current.etag !== condition.etag) throw conflict(key, "was changed by somebody else");
      }
      await stillMine();
      return publish();
    });
  } catch (error) {
    throw toFileError(error, "write", path);
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
