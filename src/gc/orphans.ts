import { dataFolder, dataKeyPattern } from "../config/data-keys.ts";
import { readLanding } from "../ledger/claims.ts";
import { isConflict } from "../ledger/document.ts";
import { type Fence, fenceKey, isInUse } from "../ledger/fence.ts";
import type { Landing } from "../ledger/landing.ts";
import { LEDGER_FOLDER } from "../ledger/paths.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";
import { mapAhead } from "./ahead.ts";
import { type Collection, REQUESTS } from "./contract.ts";
import { deletion } from "./deletion.ts";
import type { Named } from "./records.ts";
import type { Item } from "./report.ts";

/** An object that nothing names, as it was looked at. */
interface Orphan extends Pick<Item, "reason"> {
  readonly kind: "orphan" | "foreign";
  readonly info: ObjectInfo;
  /** Whether its key has a landing record of its own; files of a shard of several have none. */
  readonly hasRecord: boolean;
}

/** Finds and deletes the objects below the object's data folder that nothing names. */
export async function collectOrphans(collection: Collection, named: Named): Promise<void> {
  const pattern = dataKeyPattern(collection.config);
  const old = oldObjects(collection, named.keys);
  for await (const orphan of mapAhead(old, REQUESTS, (info) => judge(collection, info, pattern))) {
    if (orphan === null) continue;
    const { kind, reason, info, hasRecord } = orphan;
    const { key, bytes } = info;
    await deletion(collection, { kind, key, bytes, reason }, async () => {
      // It may be one of several files of a shard, whose landing asks no fence of this key: also of one that begins while gc looks.
      if (!hasRecord && (kind === "orphan" || named.isAnyHeld)) return "kept";
      return deleteFenced(collection, info);
    });
  }
}

/** The listing, without what is named or young. */
async function* oldObjects(collection: Collection, named: Named["keys"]): AsyncGenerator<ObjectInfo> {
  const { sink, config, signal, progress } = collection;
  let listed = 0;
  for await (const info of sink.list(dataFolder(config))) {
    signal.throwIfAborted();
    if (++listed % 10_000 === 0) progress(`${listed} objects listed`);
    // A ledger's documents, also those of a sink that lies inside this one.
    if (`/${info.key}`.includes(`/${LEDGER_FOLDER}`)) continue;
    if (isOld(collection, info) && !named.has(info.key)) yield info;
  }
}

function isOld({ startedAt, olderThanMs }: Collection, { modified }: ObjectInfo): boolean {
  return startedAt.getTime() - modified.getTime() >= olderThanMs;
}

/** @returns null for an object that is gone, young or in use by now */
async function judge(collection: Collection, listed: ObjectInfo, pattern: RegExp): Promise<Orphan | null> {
  const { sink, object, createdAt } = collection;
  const info = await sink.head(listed.key);
  if (info === null || !isOld(collection, info) || (await isNamedElsewhere(collection, info.key))) return null;
  const record = await readLanding(sink, object, info.key);
  if (record !== null) {
    const isUsed = isInUse(record, await sink.now());
    return isUsed ? null : { kind: "orphan", info, reason: lastAttempt(record.value), hasRecord: true };
  }
  const why = foreignness(info, pattern, createdAt);
  const kind = why === null ? "orphan" : "foreign";
  return { kind, info, reason: why ?? "no landing record names it; it may be one of several files of a shard", hasRecord: false };
}

/** Why an object without a landing record can't be told to be of a landing of this ledger; null when it can. */
function foreignness({ key, token, etag, modified }: ObjectInfo, pattern: RegExp, createdAt: Date): string | null {
  // A store without metadata gives its etag for a token: that says nothing of who wrote the object.
  if (token === null || token === etag) return "no landing wrote it";
  if (!pattern.test(key)) return "its key is not one of this config";
  return modified < createdAt ? "it is older than this ledger" : null;
}

function lastAttempt({ holder, ended }: Landing): string {
  if (holder !== null) return `it was never committed: run ${holder.run} fell silent`;
  return ended === null ? "it was never committed" : `it was never committed: run ${ended.run} ${ended.outcome} its shard`;
}

/** Whether another object of the sink, whose keys lie in the same folder, has a landing record for the key. */
async function isNamedElsewhere({ sink, objects, object }: Collection, key: string): Promise<boolean> {
  for (const other of objects) if (other !== object && (await readLanding(sink, other, key)) !== null) return true;
  return false;
}

/** Deletes an object while nobody can land its key. @throws BronzeError; the key then stays fenced until no request can be under way */
async function deleteFenced(collection: Collection, found: ObjectInfo): Promise<"deleted" | "kept"> {
  const { sink, object, actor } = collection;
  const fence = await fenceKey(sink, object, found.key, actor);
  if (fence === null) return "kept";
  let isSettled = true;
  try {
    if (!(await isStill(collection, found)) || fence.isOver()) return "kept";
    isSettled = false;
    isSettled = await deleteOnce(sink, found, fence);
    return "deleted";
  } catch (error) {
    if (isConflict(error)) isSettled = true;
    throw error;
  } finally {
    if (isSettled) await lift(fence);
  }
}

async function isStill(collection: Collection, found: ObjectInfo): Promise<boolean> {
  const info = await collection.sink.head(found.key);
  if (info === null || info.etag !== found.etag || info.token !== found.token) return false;
  return info.modified.getTime() === found.modified.getTime() && !(await isNamedElsewhere(collection, found.key));
}

/** @returns false when it took more than one request: an earlier one may still arrive, and equal bytes have equal etags */
async function deleteOnce(sink: Sink, { key, etag }: ObjectInfo, fence: Fence): Promise<boolean> {
  const before = sink.requests?.deletes ?? 0;
  await sink.delete(key, { condition: { etag }, inTime: () => !fence.isOver() });
  return (sink.requests?.deletes ?? 0) - before <= 1;
}

/** A fence that can't be given back ends with its lease. */
async function lift(fence: Fence): Promise<void> {
  await fence.lift().catch(() => {});
}
