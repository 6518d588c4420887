import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { type County, readCounties } from "../../dev/demo/counties.ts";
import { seededRandom } from "../../dev/demo/random.ts";
import type { ShardClaim } from "../../src/ledger/claim.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { claimKey, manifestKey, planKey } from "../../src/ledger/paths.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { parseRunId, parseShardId } from "../../src/model/ids.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { manifest as sampleManifest, plan as samplePlan } from "./ledger-samples.ts";

/** A ledger as runs leave it, written straight to a folder: 3,000 extracts would take an hour. */

export const START = Date.parse("2026-11-30T06:00:00.000Z");
/** When reports of these runs are made. */
export const NOW = new Date("2026-11-30T07:30:00.000Z");
const LEASE_MS = 300_000;

export type Fate =
  | "landed"
  | "running"
  | "lost"
  | "missing"
  | { readonly code: string; readonly message: string; readonly retryable: boolean };

export interface ShardStory {
  readonly id: string;
  readonly values: Readonly<Record<string, string | null>>;
  readonly source: RunPlan["shards"][number]["source"];
  readonly fate: Fate;
  readonly rows: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly attempts?: number;
}

export interface RunStory {
  readonly object: string;
  readonly run: string;
  readonly snapshotDt: string;
  readonly shards: readonly ShardStory[];
  readonly rejected?: RunPlan["rejected"];
}

/** A new folder with a ledger, and how to remove it. */
export async function openLedger(): Promise<{ sink: Sink; folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "report-"));
  return { sink: openFileSink(folder), folder, remove: () => rm(folder, { recursive: true }) };
}

export async function writeRun(sink: Sink, story: RunStory): Promise<void> {
  const run = parseRunId(story.run);
  const put = async (key: string, value: unknown): Promise<void> => {
    // Without the sink's care for power cuts, which costs minutes for 10,000 documents.
    const file = fileURLToPath(sink.locate(key));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(value));
  };
  const limit = pLimit(32);
  await put(planKey(story.object, run), planOf(story));
  await Promise.all(
    story.shards.map((shard) =>
      limit(async () => {
        const id = parseShardId(shard.id);
        const claim = claimOf(story, shard);
        if (claim !== null) await put(claimKey(story.object, run, id), claim);
        if (shard.fate === "landed") await put(manifestKey(story.object, run, id), manifestOf(story, shard));
      }),
    ),
  );
}

function planOf({ object, run, snapshotDt, shards, rejected = [] }: RunStory): RunPlan {
  return {
    ...samplePlan,
    object,
    run,
    snapshot_dt: snapshotDt,
    created_at: `${snapshotDt}T05:59:00.000Z`,
    rejected,
    shards: shards.map(({ id, source, values, rows }) => ({
      ...samplePlan.shards[0]!,
      id,
      source,
      key: keyOf(object, id),
      values,
      estimated_rows: rows,
    })),
  };
}

function keyOf(object: string, id: string): string {
  return `linode/dataset=${object}/${id}.parquet`;
}

function manifestOf({ object, run, snapshotDt }: RunStory, shard: ShardStory): ShardManifest {
  return {
    ...sampleManifest,
    object,
    run,
    shard: shard.id,
    snapshot_dt: snapshotDt,
    key: keyOf(object, shard.id),
    rows: shard.rows,
    bytes: Math.round(shard.rows * 212.4) + 4000,
    columns: Array.from({ length: 100 }, (_, index) => ({ ...sampleManifest.columns[0]!, name: `column_${index}` })),
    started_at: new Date(shard.startMs).toISOString(),
    finished_at: new Date(shard.startMs + shard.durationMs).toISOString(),
    attempts: shard.attempts ?? 1,
  };
}

function claimOf({ object, run }: RunStory, shard: ShardStory): ShardClaim | null {
  const { fate, startMs, durationMs } = shard;
  if (fate === "missing") return null;
  const beat = fate === "running" ? NOW.getTime() - 20_000 : startMs + durationMs;
  return {
    version: 1,
    object,
    run,
    shard: shard.id,
    owner: "worker-1",
    state: typeof fate === "object" ? "failed" : fate === "lost" ? "running" : fate,
    attempt: shard.attempts ?? 1,
    claimed_at: new Date(startMs).toISOString(),
    heartbeat_at: new Date(beat).toISOString(),
    expires_at: new Date(beat + LEASE_MS).toISOString(),
    error: typeof fate === "object" ? { ...fate, hint: HINTS[fate.code] ?? null } : null,
  };
}

const HINTS: Readonly<Record<string, string>> = {
  TABLE_MISSING: "Refresh the lookup, or leave the county out.",
  SOURCE_INTERRUPTED: "Run it again: finished shards are skipped.",
};

/** Counties of the country as a run of some hours lands them, `slots` at once; `fateOf` says what became of each. */
export function countyShards(
  counties: readonly County[],
  fateOf: (county: County, index: number) => Fate,
  slots = 36,
  growth = 0,
): ShardStory[] {
  const free = new Array<number>(slots).fill(START);
  return counties.map((county, index) => {
    const random = seededRandom(`report/${county.geoid}`);
    const rows = Math.round(county.parcels * (growth === 0 ? 1 : 1 + growth * (random.next() - 0.35) ** 3));
    const durationMs = Math.round(4000 + (rows / (2200 + 1500 * random.next())) * 1000);
    const slot = free.indexOf(Math.min(...free));
    const startMs = free[slot]!;
    free[slot] = startMs + durationMs + 1500;
    const fate = fateOf(county, index);
    return {
      id: county.geoid,
      values: { geoid: county.geoid, admin0: "us", admin1: county.state, table_name: county.tableName },
      source: { kind: "table", schema: "public", table: county.tableName },
      fate,
      rows,
      startMs: fate === "running" ? NOW.getTime() - 90_000 : startMs,
      durationMs,
      attempts: random.next() < 0.03 ? 2 : 1,
    };
  });
}

export function counties(states: readonly string[] = []): County[] {
  return readCounties().filter(({ state }) => states.length === 0 || states.includes(state));
}

/** A national run with every state a shard can be in, and the run before it. */
export async function writeNation(sink: Sink): Promise<RunStory> {
  const all = counties();
  const fateOf = ({ geoid, tableName }: County): Fate => {
    const dice = seededRandom(`fate/${geoid}`).next();
    if (dice < 0.009)
      return { code: "TABLE_MISSING", message: `relation "public.${tableName}" does not exist`, retryable: false };
    if (dice < 0.016)
      return {
        code: "SOURCE_INTERRUPTED",
        message: `the server closed the connection after ${Math.round(dice * 1e7)} rows of ${tableName}`,
        retryable: true,
      };
    if (dice < 0.018)
      return { code: "NULL_KEY", message: `${tableName}: ll_uuid is null in ${Math.round(dice * 9000)} rows`, retryable: false };
    if (dice < 0.021) return "lost";
    if (dice < 0.03) return "running";
    return dice < 0.05 ? "missing" : "landed";
  };
  const before = countyShards(
    all.filter((_, index) => index % 97 !== 5),
    () => "landed",
  );
  await writeRun(sink, { object: "parcel", run: "2026-10-31-0a0a0a0a0a", snapshotDt: "2026-10-31", shards: before });
  const story: RunStory = {
    object: "parcel",
    run: "2026-11-30-b1946ac92e",
    snapshotDt: "2026-11-30",
    shards: countyShards(all, fateOf, 36, 1.6),
  };
  await writeRun(sink, story);
  return story;
}
