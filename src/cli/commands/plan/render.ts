import type { RunPlan } from "../../../ledger/plan.ts";
import { packJobs } from "../../../plan/pack.ts";
import type { Estimate } from "../../../submit/contract.ts";
import { bytes, count, counted, table } from "../../render/format.ts";

/** A plan for people: what it is, its size classes, what it comes to, and what would go wrong. */
export async function planText(plan: RunPlan, pack: number, estimates: readonly Estimate[] = []): Promise<string> {
  const { estimate } = plan;
  const parts = [
    `run ${plan.run} of ${plan.object}, snapshot ${plan.snapshot_dt} → ${plan.sink}`,
    await sizesTable(plan, pack),
    [
      `${counted(plan.shards.length, "shard")}, about ${counted(Math.round(estimate.rows), "row")} and ${bytes(estimate.bytes)} at the source`,
      ...estimates.map(({ text }) => text),
      plan.columns === null
        ? "no table could be described"
        : `${counted(plan.columns.length, "column")}, the same for all shards that land`,
    ].join("\n"),
  ];
  const problems = [
    ...plan.shards.flatMap(({ id, problem }) => (problem === null ? [] : [[id, problem.code, problem.message]])),
    ...plan.rejected.map(({ label, error }) => [label, "rejected", error]),
  ];
  if (problems.length > 0) parts.push(`${count(problems.length)} would fail as things stand:\n${await table(problems)}`);
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

async function sizesTable({ shards, sizes }: RunPlan, pack: number): Promise<string> {
  const rows = packJobs(shards, pack).map(({ size_class, jobs }) => {
    const { vcpu, memory_mib } = sizes[size_class] ?? { vcpu: 0, memory_mib: 0 };
    const own = shards.filter((shard) => shard.size_class === size_class);
    const total = own.reduce((sum, { estimated_bytes }) => sum + (estimated_bytes ?? 0), 0);
    return [size_class, count(jobs.length), count(own.length), bytes(total), String(vcpu), count(memory_mib)];
  });
  return rows.length === 0 ? "" : table([["size", "jobs", "shards", "at the source", "vCPU", "MiB"], ...rows], [1, 2, 3, 4, 5]);
}
