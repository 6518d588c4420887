import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import type { Sink } from "../sink/sink.ts";
import { isConflict, readDocument, writeDocument } from "./document.ts";
import { Instant, RunName, ShardErrorSchema, ShardName, SnapshotDay, Version } from "./fields.ts";
import { ColumnSchema } from "./manifest.ts";
import { planKey } from "./paths.ts";

export const PlannedShardSchema = z.object({
  id: ShardName,
  source: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("table"), schema: z.string(), table: z.string() }),
    z.object({ kind: z.literal("query"), sql: z.string() }),
  ]),
  key: z.string(),
  values: z.record(z.string(), z.string().nullable()),
  estimated_rows: z.number().nonnegative().nullable(),
  /** Of the table at the source, without its indexes; null for a query. */
  estimated_bytes: z.number().nonnegative().nullable(),
  size_class: z.string(),
  /** Why the shard would fail as things stood when the plan was made: no such table, another schema. It is tried all the same. */
  problem: ShardErrorSchema.nullable(),
});

/** What a command line said differently from the config, for every process that works on the run. */
export const PlanOverridesSchema = z.object({
  profile: z.enum(["lake", "native"]).optional(),
  transport: z.enum(["copy", "cursor"]).optional(),
  compression: z.enum(["zstd", "snappy", "none"]).optional(),
  compression_level: z.int().optional(),
  row_group_bytes: z.int().optional(),
});

/** `plan.json`: one run, before anything of it happened. Written once, never changed. */
export const RunPlanSchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  snapshot_dt: SnapshotDay,
  sink: z.string(),
  config_digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of the config, the overrides and the schema: what all files of a snapshot have in common. */
  fingerprint: z.string(),
  overrides: PlanOverridesSchema,
  /** What was chosen: column of the lookup → values; empty for everything. */
  selection: z.record(z.string(), z.array(z.string())),
  /** Only shards that were refreshed at the source after they last landed. */
  since_refresh: z.boolean(),
  /** What one job of each size class gets. */
  sizes: z.record(z.string(), z.object({ vcpu: z.number().positive(), memory_mib: z.int().positive() })),
  /** The schema that all shards share; null when it wasn't pinned. */
  columns: z.array(ColumnSchema).nullable(),
  shards: z.array(PlannedShardSchema),
  /** Rows of the lookup that could not become a shard, each with its error's message. */
  rejected: z.array(z.object({ label: z.string(), error: z.string() })),
  estimate: z.object({
    rows: z.number().nonnegative(),
    /** At the source, without indexes. */
    bytes: z.number().nonnegative(),
  }),
  /** What jobs for it would take and cost, by submitter. */
  estimates: z.record(z.string(), z.record(z.string(), z.number())).optional(),
  /** Lands over what a run planned later has landed, and inside a published run with another config or schema. */
  replace: z.boolean(),
  /** By the store's clock: orders the runs that land the same keys. */
  planned_at: Instant,
  tool: z.string(),
});

export type RunPlan = z.infer<typeof RunPlanSchema>;

export type PlannedShard = RunPlan["shards"][number];

/** A shard as a plan's line; what the plan says once for all is left out. */
export function toPlannedShard(
  shard: Shard,
  known: Pick<PlannedShard, "estimated_bytes" | "size_class" | "problem">,
): PlannedShard {
  const { id, source, key, values, estimatedRows } = shard;
  return { id, source, key, values, estimated_rows: estimatedRows, ...known };
}

/** The shards of a plan, in its order. A child of an array job takes the one at its index. */
export function shardsOf(plan: RunPlan): Shard[] {
  return plan.shards.map(({ id, source, key, values, estimated_rows }) => ({
    id,
    object: plan.object,
    snapshotDt: plan.snapshot_dt,
    source,
    key,
    values,
    estimatedRows: estimated_rows,
  }));
}

/**
 * Writes a plan unless its run has one: then that one holds, since a run's shards never change.
 * @returns the plan that holds, and whether it is this one.
 */
export async function createPlan(sink: Sink, plan: RunPlan): Promise<{ plan: RunPlan; created: boolean }> {
  const key = planKey(plan.object, plan.run);
  try {
    await writeDocument(sink, key, RunPlanSchema, plan, "absent");
    return { plan, created: true };
  } catch (error) {
    const existing = isConflict(error) ? await readDocument(sink, key, RunPlanSchema) : null;
    if (existing === null) throw error;
    return { plan: existing, created: false };
  }
}

export function readPlan(sink: Sink, object: string, run: RunId): Promise<RunPlan | null> {
  return readDocument(sink, planKey(object, run), RunPlanSchema);
}
