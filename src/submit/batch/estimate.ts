import type { RunPlan } from "../../ledger/plan.ts";
import { shardBytes } from "../../plan/size.ts";
import type { Estimate, FinishedJob } from "../contract.ts";

/** USD an hour, Linux on x86, us-east-2, list price without Spot or savings plans. Source: aws.amazon.com/fargate/pricing, 2026. */
const VCPU_HOUR_USD = 0.04048;
const GIB_HOUR_USD = 0.004445;

/** From RUNNABLE to the first row: image, connection, lookup in the plan. */
const START_SECONDS = 30;
/** Bytes of table that one vCPU lands in a second; a guess on the careful side, the network to the source being what it is. */
const BYTES_PER_VCPU_SECOND = 20e6;

/** Hours and list price of a run with one job for each shard; shards of unknown size count as nothing but their start. */
export function estimate({ shards, sizes }: Pick<RunPlan, "shards" | "sizes">): Estimate {
  const jobs = shards.map(({ size_class, estimated_rows, estimated_bytes }): FinishedJob => {
    const size = sizes[size_class] ?? { vcpu: 1, memory_mib: 0 };
    const bytes = shardBytes({ rows: estimated_rows, bytes: estimated_bytes }) ?? 0;
    return { size, seconds: bytes / (BYTES_PER_VCPU_SECOND * size.vcpu) };
  });
  return come(jobs, "one job a shard");
}

/** The same of jobs that landed something, each from its start on; attempts that failed left no time behind, and aren't counted. */
export function actual(jobs: readonly FinishedJob[]): Estimate {
  return come(jobs, "without attempts that failed");
}

function come(jobs: readonly FinishedJob[], note: string): Estimate {
  let jobHours = 0;
  let costUsd = 0;
  for (const { size, seconds } of jobs) {
    // Fargate charges by the second, from one minute on.
    const hours = Math.max(60, START_SECONDS + seconds) / 3600;
    jobHours += hours;
    costUsd += hours * (size.vcpu * VCPU_HOUR_USD + (size.memory_mib / 1024) * GIB_HOUR_USD);
  }
  return {
    text: `${jobHours.toFixed(1)} job hours; about $${costUsd.toFixed(2)} on AWS Fargate at list price, ${note}`,
    figures: { job_hours: round(jobHours, 3), cost_usd: round(costUsd, 4) },
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
