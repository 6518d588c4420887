import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { effortOf } from "../../src/cli/effort.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import type { Landed, RunStatus } from "../../src/ledger/status.ts";
import { type Submission, SubmissionSchema } from "../../src/ledger/submissions.ts";
import { SUBMITTERS } from "../../src/submit/index.ts";
import { fakePlan } from "../support/fake-run.ts";

const SIZES = { small: { vcpu: 0.5, memory_mib: 2048 }, large: { vcpu: 2, memory_mib: 4096 } };

/** A plan of shards, each landed in so many seconds, or not at all for null. */
function statusOf(seconds: Readonly<Record<string, number | null>>): { plan: RunPlan; shards: RunStatus["shards"] } {
  const plan: RunPlan = {
    ...fakePlan("r1", Object.keys(seconds)),
    sizes: SIZES,
    estimate: { rows: 1_000_000, bytes: 2_000_000_000 },
    estimates: { batch: { job_hours: 12.5, cost_usd: 0.4 } },
  };
  const started = Date.parse("2026-11-30T06:00:00Z");
  const shards = plan.shards.map(({ id, key }) => {
    const took = seconds[id] ?? null;
    const manifest = {
      rows: 100,
      bytes: 5_000,
      started_at: new Date(started).toISOString(),
      finished_at: new Date(started + (took ?? 0) * 1000).toISOString(),
    } as Landed;
    const state = took === null ? { status: "failed", manifest: null } : { status: "landed", manifest };
    return { shard: id, key, holder: null, ended: null, openIntents: [], error: null, ...state } as RunStatus["shards"][number];
  });
  return { plan, shards };
}

const submission = (number: number, engine: string, size_class: string, jobs: string[][]): Submission =>
  SubmissionSchema.parse({
    ...{ version: 2, object: "things", run: "r1", number, engine, groups: [{ size_class, jobs }], handles: [] },
    ...{ submitted_at: "2026-11-30T06:00:00Z", tool: "test" },
  });

describe("what a run came to, beside its estimate", () => {
  it("counts each job by the size that landed its shards, from its start on and for a minute at least", async () => {
    const status = statusOf({ a: 600, b: 10, c: 30, d: 40, e: null });
    const submissions = [
      submission(1, "batch", "small", [["a"], ["b"], ["c", "d"], ["e"]]),
      // `a` ran out of memory there, and landed in a larger job.
      submission(2, "batch", "large", [["a"]]),
    ];
    const { effort, estimated, actual } = await effortOf(submissions, SUBMITTERS, status);
    const seconds = { large: 30 + 600, small: 60 + (30 + 70) };
    const hours = (seconds.large + seconds.small) / 3600;
    const usd = (seconds.large / 3600) * (2 * 0.04048 + 4 * 0.004445) + (seconds.small / 3600) * (0.5 * 0.04048 + 2 * 0.004445);
    assert.deepEqual(effort, {
      estimated: {
        rows: 1_000_000,
        bytes: 2_000_000_000,
        landing_hours: null,
        jobs: { batch: { job_hours: 12.5, cost_usd: 0.4 } },
      },
      actual: {
        rows: 400,
        bytes: 20_000,
        landing_hours: Number((680 / 3600).toFixed(3)),
        jobs: { batch: { job_hours: Number(hours.toFixed(3)), cost_usd: Number(usd.toFixed(4)) } },
      },
    });
    assert.equal(estimated, "about 1,000,000 rows, 2.0 GB at the source; 12.5 job hours, about $0.40");
    assert.match(
      actual,
      /^400 rows, 20\.0 kB landed in 0\.2 hours of work; 0\.2 job hours; about \$0\.02 on AWS Fargate at list price/,
    );
  });

  it("knows no dollars of shards that landed on one's own machine, nor estimates of older plans", async () => {
    const { plan, shards } = statusOf({ a: 60 });
    const { estimates: _, ...older } = plan;
    const submissions = [submission(1, "local", "small", [["a"]])];
    const { effort, actual } = await effortOf(submissions, SUBMITTERS, { plan: older, shards });
    assert.deepEqual([effort.estimated.jobs, effort.actual.jobs], [{}, {}]);
    assert.equal(actual, "100 rows, 5.0 kB landed in 0.0 hours of work");
  });
});
