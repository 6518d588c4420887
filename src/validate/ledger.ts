import { compareSnapshots } from "../ledger/age.ts";
import { readLanding } from "../ledger/claims.ts";
import { type Found, surveyFolder } from "../ledger/folder.ts";
import { type Landing, LandingSchema } from "../ledger/landing.ts";
import type { ManifestFile, ShardManifest } from "../ledger/manifest.ts";
import { LEDGER_FOLDER, landingFolder, landingKey } from "../ledger/paths.ts";
import { type RunPlan, readPlan } from "../ledger/plan.ts";
import { landedShards } from "../ledger/receipts.ts";
import { listObjects, listRuns } from "../ledger/runs.ts";
import type { BronzeError } from "../model/errors.ts";
import { parseRunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";

/** A data object with the manifest that vouches for it. */
export interface LandedFile {
  /** Key of the landing record in the ledger. */
  readonly record: string;
  readonly manifest: ShardManifest;
  readonly file: ManifestFile;
}

/** A landing record that can't be read: what it vouches for is not known. */
export interface DamagedRecord {
  readonly record: string;
  readonly damage: BronzeError;
}

export interface FoundFiles {
  /** In the order of their keys. */
  readonly files: readonly LandedFile[];
  readonly damaged: readonly DamagedRecord[];
}

export interface ManifestSelection {
  readonly object: string;
  readonly run?: string | undefined;
  readonly extractDate?: string | undefined;
}

/** The manifests of one sink, read when they are needed. */
export interface Manifests {
  readonly present: boolean;
  /** What vouches for the object at a key; null when nothing does. */
  find(key: string): Promise<LandedFile | null>;
  /** All files whose key begins with `prefix`. */
  under(prefix: string): Promise<FoundFiles>;
  /** All of an object's run, of its extract date, or of its latest run that landed something. */
  select(selection: ManifestSelection): Promise<FoundFiles>;
}

export async function openManifests(sink: Sink): Promise<Manifests> {
  const objects = await listObjects(sink);
  let read: Promise<FoundFiles> | null = null;
  const readAll = (): Promise<FoundFiles> => (read ??= readLandings(sink, objects));
  return {
    present: objects.length > 0 || (await isThere(sink, LEDGER_FOLDER)),
    async find(key) {
      for (const object of objects) {
        const manifest = (await readLanding(sink, object, key))?.value.manifest ?? null;
        const file = manifest?.files.find((one) => one.key === key);
        if (manifest !== null && file !== undefined) return { record: landingKey(object, key), manifest, file };
      }
      return null;
    },
    under: async (prefix) => chosen(await readAll(), ({ file }) => file.key.startsWith(prefix)),
    async select({ object, run, extractDate }) {
      const wanted = run ?? (extractDate === undefined ? await latestLanded(sink, object) : undefined);
      const found = await readLandings(sink, [object]);
      const isWanted = ({ manifest }: LandedFile): boolean =>
        (wanted === undefined || manifest.run === wanted) && (extractDate === undefined || manifest.snapshot_dt === extractDate);
      const plan = wanted === undefined ? null : await readPlan(sink, object, parseRunId(wanted));
      return { ...chosen(found, isWanted), damaged: found.damaged.filter(({ record }) => isOf(plan, object, record)) };
    },
  };
}

/** Whether a damaged record is of one of the plan's keys; without a plan it may be of any. */
function isOf(plan: RunPlan | null, object: string, record: string): boolean {
  return plan === null || plan.shards.some(({ key }) => landingKey(object, key) === record);
}

async function isThere(sink: Sink, prefix: string): Promise<boolean> {
  for await (const _ of sink.list(prefix)) return true;
  return false;
}

async function readLandings(sink: Sink, objects: readonly string[]): Promise<FoundFiles> {
  const files: LandedFile[] = [];
  const damaged: DamagedRecord[] = [];
  for (const object of objects) {
    const folder = landingFolder(object);
    const found: Found<Landing["manifest"]>[] = await surveyFolder(sink, folder, LandingSchema, ({ manifest }) => manifest);
    for (const one of found) {
      const record = `${folder}${one.name}.json`;
      if ("damage" in one) damaged.push({ record, damage: one.damage });
      else for (const file of one.value?.files ?? []) files.push({ record, manifest: one.value!, file });
    }
  }
  return { files: files.sort((a, b) => (a.file.key < b.file.key ? -1 : 1)), damaged };
}

function chosen({ files, damaged }: FoundFiles, isWanted: (file: LandedFile) => boolean): FoundFiles {
  return { files: files.filter(isWanted), damaged };
}

/** The run of the newest snapshot, and of several the one planned last, that landed something. */
async function latestLanded(sink: Sink, object: string): Promise<string | undefined> {
  let latest: RunPlan | null = null;
  for (const run of await listRuns(sink, object)) {
    const plan = await readPlan(sink, object, run);
    if (plan === null || (latest !== null && compareSnapshots(plan, latest) < 0)) continue;
    if ((await landedShards(sink, object, run)).size > 0) latest = plan;
  }
  return latest?.run;
}
