import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { compareKeys, RESERVED_PREFIX } from "../key.ts";
import type { ObjectInfo } from "../sink.ts";
import { isAbsent } from "./errors.ts";
import { fileInfo } from "./info.ts";

/**
 * The names in a folder, each as the part of a key that it stands for: a folder ends in `/`, and so sorts where its keys do. Symbolic
 * links are left out: they may lead out of the sink, or in circles.
 */
async function names(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith(RESERVED_PREFIX)) continue;
    if (entry.isDirectory()) found.push(`${entry.name}/`);
    else if (entry.isFile()) found.push(entry.name);
  }
  return found.sort(compareKeys);
}

/** Every file whose key begins with `prefix`, in byte order of the keys; folders that can't hold one are not entered. */
export async function* walk(root: string, prefix: string, below = ""): AsyncGenerator<ObjectInfo> {
  for (const name of await names(join(root, below))) {
    const key = below + name;
    if (name.endsWith("/")) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* walk(root, prefix, key);
    } else if (key.startsWith(prefix)) {
      const stats = await lstat(join(root, key), { bigint: true }).catch((error) => {
        if (isAbsent(error)) return null;
        throw error;
      });
      if (stats?.isFile()) yield { ...fileInfo(key, stats), token: null };
    }
  }
}

/** The folders directly under `prefix` that hold a file at any depth. */
export async function* walkFolders(root: string, prefix: string): AsyncGenerator<string> {
  for (const name of await names(join(root, prefix))) {
    if (!name.endsWith("/")) continue;
    for await (const _ of walk(root, prefix + name, prefix + name)) {
      yield prefix + name;
      break;
    }
  }
}
