import { RegistryEntrySchema } from "../../src/config/registry.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import type { Submission } from "../../src/ledger/submissions.ts";
import { parseRunId, parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import type { BatchTarget } from "../../src/submit/batch/input.ts";

export const TARGET: BatchTarget = {
  batch_queue: "parcel-extract-queue",
  batch_job_definition: "parcel-county-extract",
  compute: RegistryEntrySchema.shape.compute.parse(undefined),
};

/** A plan of small counties. */
export function samplePlan(geoids: readonly string[], sink = "s3://bronze/lake"): RunPlan {
  return {
    version: 2,
    object: "parcel",
    run: parseRunId("2026-11-30-0123456789"),
    snapshot_dt: parseSnapshotDate("2026-11-30"),
    sink,
    config_digest: "0".repeat(64),
    fingerprint: "f".repeat(16),
    overrides: {},
    selection: {},
    since_refresh: false,
    sizes: TARGET.compute.sizes,
    columns: null,
    shards: geoids.map((id) => ({
      id: parseShardId(id),
      source: { kind: "table", schema: "public", table: `t_${id}` },
      key: `dataset=parcel/${id}.parquet`,
      values: {},
      estimated_rows: null,
      estimated_bytes: null,
      size_class: "small",
      problem: null,
    })),
    rejected: [],
    estimate: { rows: 0, bytes: 0 },
    replace: false,
    planned_at: "2026-11-30T06:00:00.000Z",
    tool: "pg-bronze test",
  };
}

export function sampleSubmission(plan: RunPlan, groups: Submission["groups"]): Submission {
  return {
    version: 2,
    object: plan.object,
    run: plan.run,
    number: 1,
    seq: 1,
    engine: "batch",
    round: 1,
    groups,
    handles: [],
    holder: null,
    handed_over_at: null,
    cancelled_at: null,
    submitted_at: new Date().toISOString(),
    tool: "pg-bronze test",
  };
}
