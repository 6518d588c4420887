import { createHash } from "node:crypto";
import { parseRunId, type RunId, type ShardId } from "../model/ids.ts";

/**
 * Keys of the ledger's documents, relative to the sink:
 *
 *     _pg_bronze/object=<object>/ledger.json                the ledger's version; written by the first planner
 *     _pg_bronze/object=<object>/current.json               the run that readers should read
 *     _pg_bronze/object=<object>/landings/<name>.json       one data key: its manifest, who works on it, how it failed
 *     _pg_bronze/object=<object>/run=<run>/plan.json        what the run is to do; written once
 *     _pg_bronze/object=<object>/run=<run>/landed/<shard>.json   that the run landed the shard; written last
 *     _pg_bronze/object=<object>/run=<run>/submissions/<n>.json  which shards were handed to which engine, in which order
 *     _pg_bronze/object=<object>/run=<run>/stop.json        the run was cancelled; gone when it is taken up again
 *     _pg_bronze/object=<object>/run=<run>/summary.json     the run in figures; derived from the others
 */
export const LEDGER_FOLDER = "_pg_bronze/";

export function objectFolder(object: string): string {
  return `${LEDGER_FOLDER}object=${object}/`;
}

export function ledgerKey(object: string): string {
  return `${objectFolder(object)}ledger.json`;
}

export function landingFolder(object: string): string {
  return `${objectFolder(object)}landings/`;
}

/** Follows from the data key alone: its last name, for people, and a digest of the whole. */
export function landingKey(object: string, dataKey: string): string {
  const digest = createHash("sha256").update(dataKey).digest("hex").slice(0, 16);
  const name = dataKey.slice(dataKey.lastIndexOf("/") + 1).replace(/\.parquet$/, "");
  return `${landingFolder(object)}${name.replace(/[^A-Za-z0-9_.=-]/g, "_").slice(0, 150)}-${digest}.json`;
}

export function runFolder(object: string, run: RunId): string {
  return `${objectFolder(object)}run=${run}/`;
}

export function planKey(object: string, run: RunId): string {
  return `${runFolder(object, run)}plan.json`;
}

export function summaryKey(object: string, run: RunId): string {
  return `${runFolder(object, run)}summary.json`;
}

export function receiptFolder(object: string, run: RunId): string {
  return `${runFolder(object, run)}landed/`;
}

export function receiptKey(object: string, run: RunId, shard: ShardId): string {
  return `${receiptFolder(object, run)}${shard}.json`;
}

export function submissionFolder(object: string, run: RunId): string {
  return `${runFolder(object, run)}submissions/`;
}

/** Padded, so that byte order is the order of time. */
export function submissionKey(object: string, run: RunId, number: number): string {
  return `${submissionFolder(object, run)}${String(number).padStart(4, "0")}.json`;
}

export function stopKey(object: string, run: RunId): string {
  return `${runFolder(object, run)}stop.json`;
}

export function noticeKey(object: string, run: RunId): string {
  return `${runFolder(object, run)}notice.json`;
}

export function currentKey(object: string): string {
  return `${objectFolder(object)}current.json`;
}

/** The run that a folder of an object's ledger is for; null for a folder that isn't a run's. */
export function runOfFolder(folder: string): RunId | null {
  const name = /\/run=([^/]+)\/$/.exec(folder)?.[1];
  if (name === undefined) return null;
  try {
    return parseRunId(name);
  } catch {
    return null;
  }
}
