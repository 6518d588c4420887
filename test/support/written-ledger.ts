import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { type County, readCounties } from "../../dev/demo/counties.ts";
import { seededRandom } from "../../dev/demo/random.ts";
import type { Landing } from "../../src/ledger/landing.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { landingKey, planKey, receiptKey } from "../../src/ledger/paths.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { receiptOf } from "../../src/ledger/receipts.ts";
import { parseRunId, parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import {
  holder as sampleHolder,
  landing as sampleLanding,
  manifest as sampleManifest,
  plan as samplePlan,
} from "./ledger-samples.ts";

/** A ledger as runs leave it, written straight to a folder: 3,000 extracts would take an hour. */

export const START = Date.parse("2026-11-30T06:00:00.000Z");
/** When reports of these runs are made. */
export const NOW = new Date("2026-11-30T07:30:00.000Z");

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
        const key = keyOf(story, shard.id);
        const landing = landingOf(story, shard);
        if (landing === null) return;
        await put(landingKey(story.object, key), landing);
        if (landing.manifest === null) return;
        await put(receiptKey(story.object, run, landing.manifest.shard), receiptOf(landing.manifest, key));
      }),
    ),
  );
}

function planOf(story: RunStory): RunPlan {
  const { object, run, snapshotDt, shards, rejected = [] } = story;
  return {
    ...samplePlan,
    object,
    run: parseRunId(run),
    snapshot_dt: parseSnapshotDate(snapshotDt),
    planned_at: `${snapshotDt}T05:59:00.000Z`,
    rejected,
    shards: shards.map(({ id, source, values, rows }) => ({
      ...samplePlan.shards[0]!,
      id: parseShardId(id),
      source,
      key: keyOf(story, id),
      values,
      estimated_rows: rows,
    })),
  };
}

function keyOf({ object, snapshotDt }: RunStory, id: string): string {
  return `linode/dataset=${object}/${id}_${snapshotDt}.parquet`;
}

function manifestOf(story: RunStory, shard: ShardStory): ShardManifest {
  const bytes = Math.round(shard.rows * 212.4) + 4000;
  const key = keyOf(story, shard.id);
  return {
    ...sampleManifest,
    object: story.object,
    run: parseRunId(story.run),
    shard: parseShardId(shard.id),
    snapshot_dt: story.snapshotDt,
    planned_at: `${story.snapshotDt}T05:59:00.000Z`,
    files: [{ ...sampleManifest.files[0]!, key, url: `s3://bronze/${key}`, rows: shard.rows, bytes }],
    rows: shard.rows,
    bytes,
    columns: Array.from({ length: 100 }, (_, index) => ({ ...sampleManifest.columns[0]!, name: `column_${index}` })),
    started_at: new Date(shard.startMs).toISOString(),
    finished_at: new Date(shard.startMs + shard.durationMs).toISOString(),
    attempts: shard.attempts ?? 1,
  };
}

function landingOf(story: RunStory, shard: ShardStory): Landing | null {
  const { fate, startMs, durationMs } = shard;
  if (fate === "missing") return null;
  const attempt = shard.attempts ?? 1;
  const who = { owner: "worker-1", run: parseRunId(story.run), shard: parseShardId(shard.id), attempt };
  const claimed_at = new Date(startMs).toISOString();
  const at = new Date(startMs + durationMs).toISOString();
  const isHeld = fate === "running" || fate === "lost";
  return {
    ...sampleLanding,
    object: story.object,
    key: keyOf(story, shard.id),
    // A lease of a millisecond is over when somebody looks.
    holder: isHeld
      ? { ...sampleHolder, ...who, lease_ms: fate === "lost" ? 1 : 3_600_000, claimed_at, renewed_at: claimed_at }
      : null,
    ended:
      typeof fate === "object"
        ? { ...who, outcome: "failed", claimed_at, at, error: { ...fate, hint: HINTS[fate.code] ?? null } }
        : null,
    manifest: fate === "landed" ? manifestOf(story, shard) : null,
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
