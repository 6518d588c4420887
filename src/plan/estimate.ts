import { type ShardSize, shardBytes } from "./size.ts";

/** USD an hour, Linux on x86, us-east-2, list price without Spot or savings plans. Source: aws.amazon.com/fargate/pricing, 2026. */
const VCPU_HOUR_USD = 0.04048;
const GIB_HOUR_USD = 0.004445;

/** From RUNNABLE to the first row: image, connection, lookup in the plan. */
const START_SECONDS = 30;
/** Bytes of table that one vCPU lands in a second; a guess on the careful side, the network to the source being what it is. */
const BYTES_PER_VCPU_SECOND = 20e6;

export interface SizedShard extends ShardSize {
  readonly vcpu: number;
  readonly memoryMib: number;
}

export interface RunEstimate {
  readonly rows: number;
  readonly bytes: number;
  readonly job_hours: number;
  readonly cost_usd: number;
}

/** What a run of these shards will come to with one job each; unknown sizes count as nothing but their start. */
export function estimateRun(shards: readonly SizedShard[]): RunEstimate {
  const total = { rows: 0, bytes: 0, job_hours: 0, cost_usd: 0 };
  for (const shard of shards) {
    const bytes = shardBytes(shard) ?? 0;
    // Fargate charges by the second, from one minute on.
    const hours = Math.max(60, START_SECONDS + bytes / (BYTES_PER_VCPU_SECOND * shard.vcpu)) / 3600;
    total.rows += shard.rows ?? 0;
    total.bytes += bytes;
    total.job_hours += hours;
    total.cost_usd += hours * (shard.vcpu * VCPU_HOUR_USD + (shard.memoryMib / 1024) * GIB_HOUR_USD);
  }
  return { ...total, job_hours: round(total.job_hours, 3), cost_usd: round(total.cost_usd, 4) };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
