import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { estimate } from "../../../src/submit/batch/estimate.ts";
import { samplePlan } from "../../support/batch-samples.ts";

/** A plan of as many small counties of this size. */
function planOf(counties: number, rows: number, bytes: number) {
  const plan = samplePlan(Array.from({ length: counties }, (_, i) => String(i).padStart(5, "0")));
  return { ...plan, shards: plan.shards.map((shard) => ({ ...shard, estimated_rows: rows, estimated_bytes: bytes })) };
}

describe("the estimate of a run on AWS Batch", () => {
  it("charges a minute for the smallest job, at Fargate's list price", () => {
    const { figures } = estimate(planOf(1, 1, 1));
    assert.deepEqual(figures, { job_hours: 0.017, cost_usd: Number(((0.5 * 0.04048 + 2 * 0.004445) / 60).toFixed(4)) });
  });

  it("comes to some eight dollars for the nation at five minutes a county", () => {
    const { figures, text } = estimate(planOf(3143, 50_000, 270 * 0.5 * 20e6));
    const cost = figures["cost_usd"]!;
    assert.ok(cost > 7 && cost < 8.5, String(cost));
    assert.match(text, /^261\.9 job hours; about \$7\.\d\d on AWS Fargate at list price/);
  });
});
