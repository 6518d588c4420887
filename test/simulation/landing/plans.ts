import { LEDGER_VERSION } from "../../../src/ledger/fields.ts";
import type { RunPlan } from "../../../src/ledger/plan.ts";
import type { RunId, ShardId, SnapshotDate } from "../../../src/model/ids.ts";
import { OBJECT } from "./facts.ts";

/** What a run is to be, before it is planned. */
export interface RunWish {
  readonly run: string;
  readonly day: string;
  /** One letter: its config. Runs of one kind make the same files of the same rows. */
  readonly kind: string;
  /** Names of the shards. */
  readonly shards: readonly string[];
  /** Of the object's shards, these were chosen. */
  readonly isChoice: boolean;
  /** Lands over whatever is there. */
  readonly replace: boolean;
}

export function dataKey(shard: string, day: string): string {
  return `data/snapshot_dt=${day}/${shard}.parquet`;
}

/** The column that every simulated table has. */
export const COLUMNS = [{ name: "state", field_id: 1, source: "integer", type: "int32", parquet: "INT32" }];

export function planOf({ run, day, kind, shards, isChoice, replace }: RunWish, sink: string, plannedAt: Date): RunPlan {
  return {
    version: LEDGER_VERSION,
    object: OBJECT,
    run: run as RunId,
    snapshot_dt: day as SnapshotDate,
    sink,
    config_digest: kind.repeat(64),
    fingerprint: kind.repeat(64),
    overrides: {},
    replace,
    selection: isChoice ? { table_name: [...shards] } : {},
    since_refresh: false,
    sizes: {},
    columns: COLUMNS,
    shards: shards.map((id) => ({
      id: id as ShardId,
      source: { kind: "table", schema: "public", table: id },
      key: dataKey(id, day),
      values: {},
      estimated_rows: 1,
      estimated_bytes: 1,
      size_class: "small",
      problem: null,
    })),
    rejected: [],
    estimate: { rows: 1, bytes: 1 },
    planned_at: plannedAt.toISOString(),
    tool: "simulation",
  };
}
