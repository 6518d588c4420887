import pLimit from "p-limit";
import type { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import { readDocument } from "./document.ts";

/** One document of a folder, or why it can't be read: it isn't what it should be, or a newer version wrote it. */
export type Found<T> = { readonly name: string } & ({ readonly value: T } | { readonly damage: BronzeError });

/** Documents read at once. */
const READS = 16;

/**
 * The documents of a folder, in byte order of their keys, each under its file's name without `.json`. Of each is kept what `keep` makes of
 * it, as soon as it was read: memory is that of what is kept. A damaged document stands in its place, and the others are read all the same.
 */
export async function surveyFolder<S extends z.ZodType, T>(
  sink: Sink,
  folder: string,
  schema: S,
  keep: (document: z.infer<S>) => T,
  concurrency = READS,
): Promise<Found<T>[]> {
  const limit = pLimit(concurrency);
  const reads: Promise<Found<T> | null>[] = [];
  const read = (key: string) => findDocument(sink, key, schema, keep);
  try {
    for await (const { key } of sink.list(folder)) if (key.endsWith(".json")) reads.push(limit(read, key));
    return (await Promise.all(reads)).filter((found) => found !== null);
  } catch (error) {
    limit.clearQueue();
    await Promise.allSettled(reads);
    throw error;
  }
}

/** All documents of a folder, in byte order of their keys. @throws BronzeError LEDGER_CORRUPT or LEDGER_VERSION for the first damaged one. */
export async function readFolder<S extends z.ZodType>(
  sink: Sink,
  folder: string,
  schema: S,
  concurrency = READS,
): Promise<z.infer<S>[]> {
  const found = await surveyFolder(sink, folder, schema, (document) => document, concurrency);
  return found.map((one) => {
    if ("damage" in one) throw one.damage;
    return one.value;
  });
}

/** One document, as {@link surveyFolder} finds it; null when it isn't there. */
export async function findDocument<S extends z.ZodType, T>(
  sink: Sink,
  key: string,
  schema: S,
  keep: (document: z.infer<S>) => T,
): Promise<Found<T> | null> {
  const name = key.slice(key.lastIndexOf("/") + 1, -".json".length);
  try {
    const document = await readDocument(sink, key, schema);
    return document === null ? null : { name, value: keep(document) };
  } catch (error) {
    if (isDamage(error)) return { name, damage: error };
    throw error;
  }
}

export function isDamage(error: unknown): error is BronzeError {
  return error instanceof BronzeError && (error.code === "LEDGER_CORRUPT" || error.code === "LEDGER_VERSION");
}
