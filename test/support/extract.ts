import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ObjectConfig } from "../../src/config/object-config.ts";
import type {
  ExtractEvents,
  ExtractOverrides,
  ExtractRequest,
  ExtractResult,
  PlannedColumn,
  ShardOutcome,
} from "../../src/extract/contract.ts";
import { landingOptions } from "../../src/extract/options.ts";
import { type PreparedShard, prepareShard } from "../../src/extract/prepare-shard.ts";
import type { ColumnStats, ManifestFile, ShardManifest } from "../../src/ledger/manifest.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { parseSnapshotDate } from "../../src/model/ids.ts";
import { ObjectConfigSchema, patternOf } from "../../src/patterns/index.ts";
import { runExtract } from "../../src/run/extract.ts";
import { openSink } from "../../src/sink/open.ts";
import { resolveDsn } from "../../src/source/dsn.ts";

/** An object's config as its YAML would be read. */
export function objectConfig(config: Record<string, unknown>): ObjectConfig {
  return ObjectConfigSchema.parse({
    object: "things",
    extract_pattern: "single_table",
    source_system: "test",
    dataset: "things",
    ...config,
    sink: { url: "file:///nowhere", key: "{source_system}/{object}_{extract_date}.parquet", ...(config["sink"] as object) },
    source: { retry: { min_delay_ms: 20, max_delay_ms: 100 }, ...(config["source"] as object) },
  });
}

export interface Folder {
  readonly path: string;
  readonly url: string;
  remove(): Promise<void>;
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "pg-bronze-test-"));
  return { path, url: pathToFileURL(path).href, remove: () => rm(path, { recursive: true, force: true }) };
}

export const silent: ExtractEvents = {
  planned() {},
  planning() {},
  shardStarted() {},
  progress() {},
  restarted() {},
  sourceAway() {},
  sourceBack() {},
  replacing() {},
  shardSkipped() {},
  shardLanded() {},
  shardFailed() {},
  warning() {},
};

export type ExtractOptions = Partial<Omit<ExtractRequest, "config" | "sinkUrl" | "dsn">> & {
  readonly events?: Partial<ExtractEvents>;
};

export function extract(
  config: ObjectConfig,
  dsn: string,
  sinkUrl: string,
  options: ExtractOptions = {},
): Promise<ExtractResult> {
  const { events, ...request } = options;
  return runExtract(
    {
      config,
      selection: {},
      snapshotDt: parseSnapshotDate("2026-11-30"),
      run: null,
      sinkUrl,
      dsn,
      env: process.env,
      overrides: {},
      replace: false,
      dryRun: false,
      signal: new AbortController().signal,
      ...request,
    },
    { ...silent, ...events },
  );
}

export interface FileOfShard {
  readonly prepared: PreparedShard;
  readonly path: string;
}

/** Prepares the shard of a single table and publishes its file, without claim and manifest. */
export async function publishedFile(
  config: ObjectConfig,
  dsn: string,
  sinkUrl: string,
  options: { readonly pinned?: readonly PlannedColumn[]; readonly overrides?: ExtractOverrides } = {},
): Promise<FileOfShard> {
  const { pinned = null, overrides = {} } = options;
  const asked = { config, selection: {}, snapshotDt: parseSnapshotDate("2026-11-30"), lookup: async () => [] };
  const { shards } = await patternOf(config).plan(asked);
  const [shard] = shards;
  const sink = await openSink(sinkUrl, {});
  const session = { target: resolveDsn({}, "X", dsn), sink, events: silent };
  const attempt = { number: 1, token: randomUUID(), signal: new AbortController().signal };
  const prepared = await prepareShard(shard!, landingOptions(config, overrides, { pinned }), session, attempt);
  for (const { writer } of prepared.files) await writer.publish("absent");
  const path = fileURLToPath(sink.locate(shard!.key));
  await sink.close();
  return { prepared, path };
}

/** A manifest with what it says of its only file. */
export interface LandedShard extends ShardManifest, Pick<ManifestFile, "key" | "url" | "etag" | "sha256" | "row_groups"> {
  readonly stats: readonly ColumnStats[];
}

/** The manifest of the only shard. @throws its error when it failed */
export function landed(result: ExtractResult): LandedShard {
  const [shard] = result.shards as [ShardOutcome];
  if (shard.outcome === "failed") throw shard.error;
  if (shard.outcome !== "landed") throw new Error(`the shard is ${shard.outcome}`);
  const [{ key, url, etag, sha256, row_groups, columns }] = shard.manifest.files as [ManifestFile];
  return { ...shard.manifest, key, url, etag, sha256, row_groups, stats: columns };
}

/** The one error of an extract that failed, whether nothing could begin or its only shard failed. */
export async function failureOf(result: Promise<ExtractResult>): Promise<BronzeError> {
  try {
    const [shard] = (await result).shards;
    assert.ok(shard?.outcome === "failed", `the shard is ${shard?.outcome}`);
    return shard.error;
  } catch (error) {
    assert.ok(error instanceof BronzeError, String(error));
    return error;
  }
}

export function readLanded(manifest: Pick<LandedShard, "url">): Promise<Buffer> {
  return readFile(fileURLToPath(manifest.url));
}
