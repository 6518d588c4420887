import pLimit from "p-limit";
import type { ObjectInfo, Sink } from "../sink/sink.ts";

/** A data object as a manifest has it. */
export interface ExpectedObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

export interface ChangedObject {
  readonly key: string;
  /** The end of a sentence about it: `is missing`. */
  readonly how: string;
}

/** Requests at once. */
const REQUESTS = 16;

/** The objects that are not what their manifests say: one listing for a folder that holds several, else one HEAD each. In the order given. */
export async function changedObjects(sink: Sink, expected: readonly ExpectedObject[]): Promise<ChangedObject[]> {
  const folders = new Map<string, string[]>();
  for (const { key } of expected) {
    const folder = key.slice(0, key.lastIndexOf("/") + 1);
    const keys = folders.get(folder);
    if (keys === undefined) folders.set(folder, [key]);
    else keys.push(key);
  }
  const limit = pLimit(REQUESTS);
  const found = new Map<string, ObjectInfo | null>();
  await Promise.all(
    [...folders].map(([folder, keys]) =>
      limit(async () => {
        const [only, more] = keys;
        if (more === undefined) found.set(only!, await sink.head(only!));
        else for await (const info of sink.list(folder)) found.set(info.key, info);
      }),
    ),
  );
  return expected.flatMap((file) => {
    const how = differenceOf(file, found.get(file.key) ?? null);
    return how === null ? [] : [{ key: file.key, how }];
  });
}

/** How an object differs from what a manifest says; null when it doesn't. */
export function differenceOf({ bytes, etag }: Pick<ExpectedObject, "bytes" | "etag">, info: ObjectInfo | null): string | null {
  if (info === null) return "is missing";
  if (info.bytes !== bytes) return `has ${info.bytes} bytes, not ${bytes}`;
  return info.etag === etag ? null : "was written anew since";
}
