import { freeAfterMs } from "../ledger/claim-states.ts";
import { readVersioned } from "../ledger/document.ts";
import { isOpenIntent, LandingSchema } from "../ledger/landing.ts";
import { landingFolder } from "../ledger/paths.ts";
import type { ObjectInfo } from "../sink/sink.ts";
import { mapAhead } from "./ahead.ts";
import { type Collection, DAY_MS, REQUESTS } from "./contract.ts";
import { deletion } from "./deletion.ts";
import { KeySet } from "./key-set.ts";

/** Records of failed attempts stay this long after they were written last. */
const RECORD_AGE_MS = 7 * DAY_MS;

/** What the landing records name. */
export interface Named {
  /** Data keys that a manifest, an open intent or the intent of a live holder names. */
  readonly keys: KeySet;
  /** Runs of the object that work on a key, or whose landing may still take effect. */
  readonly runs: ReadonlySet<string>;
  /** Whether anybody works on any key: a shard of several files names them all only when it has landed. */
  readonly isAnyHeld: boolean;
}

/** What is kept of a landing record. */
interface RecordFacts {
  readonly object: string;
  readonly info: ObjectInfo;
  readonly dataKey: string;
  readonly keys: readonly string[];
  readonly runs: readonly string[];
  readonly isHeld: boolean;
  /** No manifest, no intent, and nobody at work. */
  readonly isEmpty: boolean;
  /** The run of the last attempt, and how that ended. */
  readonly lastRun: string | null;
  readonly how: string;
}

/** Reads all landing records, and deletes those that failed attempts of vanished runs left. @throws BronzeError for a damaged record */
export async function surveyRecords(collection: Collection): Promise<Named> {
  const keys = new KeySet();
  const runs = new Set<string>();
  let isAnyHeld = false;
  let read = 0;
  for (const object of collection.objects) {
    const records = collection.sink.list(landingFolder(object));
    for await (const facts of mapAhead(records, REQUESTS, (info) => factsOf(collection, object, info))) {
      collection.signal.throwIfAborted();
      if (++read % 1000 === 0) collection.progress(`${read} landing records read`);
      if (facts === null) continue;
      for (const key of facts.keys) keys.add(key);
      isAnyHeld ||= facts.isHeld;
      if (object !== collection.object) continue;
      for (const run of facts.runs) runs.add(run);
      if (await isLeftOver(collection, facts)) await deleteRecord(collection, facts);
    }
  }
  return { keys, runs, isAnyHeld };
}

/** @returns null for a record that is gone by now */
async function factsOf({ sink, startedAt }: Collection, object: string, info: ObjectInfo): Promise<RecordFacts | null> {
  const found = info.key.endsWith(".json") ? await readVersioned(sink, info.key, LandingSchema) : null;
  if (found === null) return null;
  const { key: dataKey, manifest, intents, holder, ended } = found.value;
  const isHeld = holder !== null && startedAt.getTime() - found.modified.getTime() <= freeAfterMs(holder);
  const open = intents.filter((intent) => isHeld || isOpenIntent(intent, startedAt));
  const vouching = [...(manifest === null ? [] : [manifest]), ...open.map((intent) => intent.manifest)];
  return {
    object,
    info: { ...info, etag: found.etag, modified: found.modified },
    dataKey,
    keys: [...(vouching.length === 0 ? [] : [dataKey]), ...vouching.flatMap(({ files }) => files.map(({ key }) => key))],
    runs: [...(isHeld ? [holder.run] : []), ...open.map((intent) => intent.manifest.run)],
    isHeld,
    isEmpty: manifest === null && intents.length === 0 && !isHeld,
    lastRun: holder?.run ?? ended?.run ?? null,
    how: holder !== null ? "fell silent" : ended?.outcome === "failed" ? "failed" : "was released",
  };
}

async function isLeftOver({ sink, startedAt, runs }: Collection, facts: RecordFacts): Promise<boolean> {
  const { isEmpty, info, lastRun, dataKey } = facts;
  if (!isEmpty || startedAt.getTime() - info.modified.getTime() < RECORD_AGE_MS) return false;
  if (lastRun !== null && runs.has(lastRun)) return false;
  return (await sink.head(dataKey)) === null;
}

async function deleteRecord(collection: Collection, { info, lastRun, how }: RecordFacts): Promise<void> {
  const { key, bytes, etag } = info;
  const reason = lastRun === null ? "nothing landed there" : `its last attempt, of run ${lastRun}, which is gone, ${how}`;
  await deletion(collection, { kind: "record", key, bytes, reason }, async () => {
    await collection.sink.delete(key, { condition: { etag } });
    return "deleted";
  });
}
