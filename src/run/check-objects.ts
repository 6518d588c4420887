import pLimit from "p-limit";
import { freeAfterMs } from "../ledger/claim-states.ts";
import { readLanding } from "../ledger/claims.ts";
import type { Versioned } from "../ledger/document.ts";
import type { Intent, Landing } from "../ledger/landing.ts";
import type { ManifestFile } from "../ledger/manifest.ts";
import type { ShardState } from "../ledger/status.ts";
import type { RunId, ShardId } from "../model/ids.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";
import { changedObjects, differenceOf } from "./compare-objects.ts";

/** An object that is not what its manifest says. */
export interface ObjectFinding {
  readonly shard: ShardId;
  readonly key: string;
  /** The end of a sentence about it: `is missing`. */
  readonly how: string;
  /** The run whose landing put it there and is about to commit it; null for an object that nobody vouches for. */
  readonly replaced_by: RunId | null;
}

export interface ObjectCheck {
  /** Objects that were compared. */
  readonly checked: number;
  readonly findings: readonly ObjectFinding[];
}

/** Records looked at once. */
const READS = 16;
/** Changes of a record while its object is looked at: more in a row are no accident, and the last look counts. */
const MOST_LOOKS = 5;

/** Compares the objects of a run's shards with their manifests, by listings and HEADs alone; no object is read. */
export async function checkObjects(sink: Sink, object: string, shards: readonly ShardState[]): Promise<ObjectCheck> {
  const files = shards.flatMap(({ shard, key: dataKey, manifest }) =>
    (manifest?.files ?? []).map((file) => ({ ...file, shard, dataKey })),
  );
  const changed = new Map((await changedObjects(sink, files)).map(({ key, how }) => [key, how]));
  const limit = pLimit(READS);
  const findings = await Promise.all(
    files
      .filter(({ key }) => changed.has(key))
      .map(({ shard, dataKey, key }) =>
        limit(async () => {
          const found = await lookAgain(sink, object, dataKey, key);
          return found === null ? [] : [{ shard, key, ...found }];
        }),
      ),
  );
  return { checked: files.length, findings: findings.flat() };
}

/** Judges an object by a record that did not change while the object was looked at: a landing may have come between. */
async function lookAgain(
  sink: Sink,
  object: string,
  dataKey: string,
  key: string,
): Promise<Pick<ObjectFinding, "how" | "replaced_by"> | null> {
  let record = await readLanding(sink, object, dataKey);
  for (let looks = 1; ; looks++) {
    const info = await sink.head(key);
    const after = await readLanding(sink, object, dataKey);
    if (after?.etag !== record?.etag && looks < MOST_LOOKS) {
      record = after;
      continue;
    }
    if (after === null) return { how: "has lost its landing record", replaced_by: null };
    const { manifest } = after.value;
    const file = manifest?.files.find((vouched) => vouched.key === key);
    // The record's manifest is a newer one, which names other files.
    if (file === undefined) return null;
    const how = differenceOf(file, info);
    if (how === null) return null;
    const intent = info === null ? null : intentOf(after.value, info);
    if (intent === null) return { how, replaced_by: null };
    const { run } = intent.manifest;
    if (await isAtWork(sink, after, intent)) return { how: `is being replaced by run ${run}`, replaced_by: run };
    return { how: `was replaced by run ${run}, whose landing never ended`, replaced_by: null };
  }
}

/** The landing that put an object there; it has yet to be seen whether the store kept the bytes that were sent. */
function intentOf({ intents }: Landing, info: ObjectInfo): Intent | null {
  const isIntended = ({ key, token }: ManifestFile): boolean => key === info.key && token === info.token;
  return intents.find(({ manifest }) => manifest.files.some(isIntended)) ?? null;
}

/** Whether somebody holds the key who commits what was intended, or replaces it. */
async function isAtWork(sink: Sink, { value: { holder }, modified }: Versioned<Landing>, { token }: Intent): Promise<boolean> {
  if (holder?.token !== token) return false;
  return (await sink.now()).getTime() - modified.getTime() <= freeAfterMs(holder);
}
