import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { comparePlans, compareSnapshots } from "../../src/ledger/age.ts";
import { type Published, readCurrent } from "../../src/ledger/current.ts";
import { readVersioned } from "../../src/ledger/document.ts";
import { type Landing, LandingSchema } from "../../src/ledger/landing.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { landingFolder, landingKey } from "../../src/ledger/paths.ts";
import { readPlan } from "../../src/ledger/plan.ts";
import { landedShards } from "../../src/ledger/receipts.ts";
import type { ObjectInfo, Sink } from "../../src/sink/sink.ts";

/** What is found at a data key. */
interface Found {
  readonly info: ObjectInfo;
  readonly sha256: string;
}

/** Reads a sink as anybody may, and says where it breaks what docs/landing.md promises to readers. */
export class Auditor {
  readonly #sink: Sink;
  /** SHA-256 by etag and token. */
  readonly #hashed = new Map<string, string>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /**
   * Compares one key's objects with its record: their bytes are the manifest's, or those of an open intent.
   * @param settled they are the manifest's
   */
  async record(recordKey: string, settled: boolean): Promise<{ readonly landing: Landing; readonly problems: string[] } | null> {
    for (let tries = 0; tries < 50; tries++) {
      const record = await readVersioned(this.#sink, recordKey, LandingSchema);
      if (record === null) return null;
      const found = new Map<string, Found | null>();
      for (const { key } of record.value.manifest?.files ?? []) found.set(key, await this.#object(key));
      // No state of a record comes back: it was this one all the time.
      if ((await this.#sink.head(recordKey))?.etag === record.etag)
        return { landing: record.value, problems: judge(record.value, found, settled) };
    }
    throw new Error(`${recordKey} changes all the time`);
  }

  /** {@link record}, for every key of an object. */
  async records(object: string, settled: boolean): Promise<string[]> {
    const problems: string[] = [];
    for await (const { key } of this.#sink.list(landingFolder(object))) {
      if (key.endsWith(".json")) problems.push(...((await this.record(key, settled))?.problems ?? []));
    }
    return problems;
  }

  /** The tokens of all landings that a key's record knows. */
  async tokens(object: string, dataKey: string): Promise<Set<string>> {
    const record = await readVersioned(this.#sink, landingKey(object, dataKey), LandingSchema);
    const { manifest, history = [] } = record?.value ?? { manifest: null };
    return new Set([...(manifest === null ? [] : [manifest]), ...history].map(({ token }) => token));
  }

  /** The published run has all its receipts, and its keys are its own or those of runs planned later. */
  async published(object: string): Promise<string[]> {
    const published = (await readCurrent(this.#sink, object))?.published ?? null;
    if (published === null) return [];
    const plan = await readPlan(this.#sink, object, published.run);
    if (plan === null) return [`the published run ${published.run} has no plan`];
    const receipts = await landedShards(this.#sink, object, published.run);
    const problems: string[] = [];
    for (const { id, key } of plan.shards) {
      if (!receipts.has(id)) problems.push(`shard ${id} of the published run ${published.run} has no receipt`);
      const manifest = (await readVersioned(this.#sink, landingKey(object, key), LandingSchema))?.value.manifest ?? null;
      if (manifest === null || comparePlans(manifest, plan) < 0)
        problems.push(`${key} of the published run ${published.run} is of ${manifest?.run ?? "nobody"}`);
    }
    return problems;
  }

  async #object(key: string): Promise<Found | null> {
    const info = await this.#sink.head(key);
    if (info === null) return null;
    const known = this.#hashed.get(`${info.etag} ${info.token}`);
    if (known !== undefined) return { info, sha256: known };
    const object = await this.#sink.get(key);
    if (object === null) return null;
    const sha256 = createHash("sha256").update(object.body).digest("hex");
    this.#hashed.set(`${object.info.etag} ${object.info.token}`, sha256);
    return { info: object.info, sha256 };
  }
}

function judge(landing: Landing, found: ReadonlyMap<string, Found | null>, settled: boolean): string[] {
  const { manifest, intents, seq } = landing;
  const allowed: ShardManifest[] = manifest === null ? [] : settled ? [manifest] : [manifest, ...intents.map((i) => i.manifest)];
  return [...found].flatMap(([key, object]) => {
    const at = `${key} (record ${seq}, manifest ${manifest?.token} of ${manifest?.run}, ${intents.length} intents)`;
    if (object === null) return [`${at} is missing`];
    const { info, sha256 } = object;
    const file = allowed.flatMap(({ files }) => files).find((one) => one.key === key && one.token === info.token);
    if (file === undefined) return [`${at} is of the write ${info.token}, ${info.bytes} bytes, SHA-256 ${sha256}`];
    if (file.sha256 !== sha256 || file.bytes !== info.bytes) return [`${at} has SHA-256 ${sha256}, not ${file.sha256}`];
    return settled && file.etag !== info.etag ? [`${at} has etag ${info.etag}, not ${file.etag}`] : [];
  });
}

/** Reads a key again and again while others land it. */
export interface Watcher {
  /** @returns what it saw that may not be, how many keys changed hands without the holder's doing, and how often it looked */
  stop(): Promise<{ readonly problems: readonly string[]; readonly takeovers: number; readonly looks: number }>;
}

export function watchKey(sink: Sink, auditor: Auditor, object: string, dataKey: string): Watcher {
  const recordKey = landingKey(object, dataKey);
  const problems = new Set<string>();
  const seen = {
    seq: 0,
    holder: null as Landing["holder"],
    manifest: null as ShardManifest | null,
    published: null as Published | null,
  };
  let takeovers = 0;
  let looks = 0;
  let stopped = false;

  const look = async (): Promise<void> => {
    const found = await auditor.record(recordKey, false);
    for (const problem of found?.problems ?? []) problems.add(`while others landed: ${problem}`);
    if (found !== null) {
      const { landing } = found;
      const { holder, manifest } = landing;
      if (landing.seq < seen.seq) problems.add(`the record of ${dataKey} went back from ${seen.seq} to ${landing.seq}`);
      if (seen.manifest !== null && (manifest === null || comparePlans(manifest, seen.manifest) < 0))
        problems.add(`${dataKey} of run ${seen.manifest.run} was replaced by the older ${manifest?.run}`);
      if (seen.holder !== null && isTakenOver(seen.holder, landing)) takeovers++;
      Object.assign(seen, { seq: landing.seq, holder, manifest });
    }
    const published = (await readCurrent(sink, object))?.published ?? null;
    if (seen.published !== null && (published === null || compareSnapshots(published, seen.published) < 0))
      problems.add(`current.json went back from ${seen.published.run} to ${published?.run}`);
    seen.published = published;
    looks++;
  };

  const watching = (async () => {
    while (!stopped) {
      await look();
      await delay(60);
    }
    await look();
  })();
  return {
    stop: async () => {
      stopped = true;
      await watching;
      return { problems: [...problems], takeovers, looks };
    },
  };
}

/** Whether a holder neither landed nor gave the key back, and it is another's now. */
function isTakenOver(before: NonNullable<Landing["holder"]>, { holder, ended, manifest, history }: Landing): boolean {
  if (holder === null && manifest?.token === before.token) return false;
  if (holder?.token === before.token || ended?.owner === before.owner) return false;
  return ![...(manifest === null ? [] : [manifest]), ...history].some(({ token }) => token === before.token);
}
