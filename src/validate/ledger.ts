import { readDocument } from "../ledger/document.ts";
import { type ShardManifest, ShardManifestSchema } from "../ledger/manifest.ts";
import { LEDGER_FOLDER } from "../ledger/paths.ts";
import { latestRun } from "../ledger/runs.ts";
import { BronzeError } from "../model/errors.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";

export interface LandedShard {
  /** Key of the manifest in the ledger. */
  readonly key: string;
  readonly manifest: ShardManifest;
}

/** A manifest that can't be trusted: what it vouches for is not known. */
export interface DamagedManifest {
  readonly key: string;
  readonly damage: BronzeError;
}

export interface FoundShards {
  /** The newest for each key, in the order of the keys. */
  readonly shards: readonly LandedShard[];
  readonly damaged: readonly DamagedManifest[];
}

export interface ManifestSelection {
  readonly object: string;
  readonly run?: string | undefined;
  readonly extractDate?: string | undefined;
}

/** The manifests of one sink, listed once and read when they are needed. */
export interface Manifests {
  readonly present: boolean;
  /** The manifest of the landing that wrote this object, else of the last one of its key; null when none names it. */
  find(object: ObjectInfo): Promise<LandedShard | null>;
  /** All that names a key beginning with `prefix`. */
  under(prefix: string): Promise<FoundShards>;
  /** All of an object's run, of its extract date, or of its latest run that landed something. */
  select(selection: ManifestSelection): Promise<FoundShards>;
}

/** Manifests read at once. */
const READS = 16;
const SHARD_MANIFEST = /^_pg_bronze\/object=([^/]+)\/run=([^/]+)\/shards\/[^/]+\.json$/;

export async function listManifests(sink: Sink): Promise<Manifests> {
  const listed: ObjectInfo[] = [];
  let present = false;
  for await (const info of sink.list(LEDGER_FOLDER)) {
    present = true;
    if (SHARD_MANIFEST.test(info.key)) listed.push(info);
  }
  const read = new Map<string, Promise<LandedShard | DamagedManifest>>();
  const readOnce = (info: ObjectInfo): Promise<LandedShard | DamagedManifest> => {
    const known = read.get(info.key) ?? readManifest(sink, info.key);
    read.set(info.key, known);
    return known;
  };
  const readAll = (infos: readonly ObjectInfo[]) => inBatches(infos, readOnce);

  return {
    present,
    async find({ key, etag, modified }) {
      // A manifest is written right after its object, so the first one after it is nearly always the one.
      const byTime = [...listed].sort((a, b) => distance(a, modified) - distance(b, modified));
      for (let i = 0; i < byTime.length; i += READS) {
        const found = newestByKey(
          await readAll(byTime.slice(i, i + READS)),
          (manifest) => manifest.key === key && manifest.etag === etag,
        );
        if (found.shards[0] !== undefined) return found.shards[0];
      }
      // A copy has etags of its own: then the last landing counts.
      return newestByKey(await readAll(listed), (manifest) => manifest.key === key).shards[0] ?? null;
    },
    under: async (prefix) => newestByKey(await readAll(listed), (manifest) => manifest.key.startsWith(prefix)),
    async select({ object, run, extractDate }) {
      const ofObject = listed.filter((info) => SHARD_MANIFEST.exec(info.key)?.[1] === object);
      const wanted = run ?? (extractDate === undefined ? await latestLanded(sink, object, ofObject) : undefined);
      const shards = await readAll(
        ofObject.filter((info) => wanted === undefined || SHARD_MANIFEST.exec(info.key)?.[2] === wanted),
      );
      return newestByKey(shards, (manifest) => extractDate === undefined || manifest.snapshot_dt === extractDate);
    },
  };
}

/** Manifests from the object's time on come first, nearest first; older ones after all of them. S3 tells times to the second. */
function distance(info: ObjectInfo, modified: Date): number {
  const laterMs = info.modified.getTime() - modified.getTime();
  return laterMs >= -1000 ? laterMs : Number.MAX_SAFE_INTEGER / 2 - laterMs;
}

async function latestLanded(sink: Sink, object: string, listed: readonly ObjectInfo[]): Promise<string | undefined> {
  const landed = new Map<string, Date>();
  for (const { key, modified } of listed) {
    const run = SHARD_MANIFEST.exec(key)?.[2] ?? "";
    if (modified > (landed.get(run) ?? 0)) landed.set(run, modified);
  }
  return (await latestRun(sink, object, landed)) ?? undefined;
}

function newestByKey(
  found: readonly (LandedShard | DamagedManifest)[],
  wanted: (manifest: ShardManifest) => boolean,
): FoundShards {
  const newest = new Map<string, LandedShard>();
  for (const shard of found) {
    if (!("manifest" in shard) || !wanted(shard.manifest)) continue;
    const other = newest.get(shard.manifest.key);
    if (other === undefined || other.manifest.finished_at < shard.manifest.finished_at) newest.set(shard.manifest.key, shard);
  }
  return {
    shards: [...newest.values()].sort((a, b) => (a.manifest.key < b.manifest.key ? -1 : 1)),
    damaged: found.filter((shard) => "damage" in shard),
  };
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += READS) results.push(...(await Promise.all(items.slice(i, i + READS).map(work))));
  return results;
}

async function readManifest(sink: Sink, key: string): Promise<LandedShard | DamagedManifest> {
  try {
    const manifest = await readDocument(sink, key, ShardManifestSchema);
    if (manifest !== null) return { key, manifest };
    return { key, damage: new BronzeError("LEDGER_CORRUPT", `${sink.locate(key)} vanished while the ledger was read`) };
  } catch (error) {
    if (error instanceof BronzeError && (error.code === "LEDGER_CORRUPT" || error.code === "LEDGER_VERSION"))
      return { key, damage: error };
    throw error;
  }
}
