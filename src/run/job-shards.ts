import type { RunPlan } from "../ledger/plan.ts";
import { shardsOf } from "../ledger/plan.ts";
import { readSubmission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { Sink } from "../sink/sink.ts";
import { commandOn } from "./hints.ts";

/** How a job says which shards are its own: by name, or by its place in an array. */
export interface JobAddress {
  readonly shards?: readonly string[] | undefined;
  readonly index?: number | undefined;
  readonly submission?: number | undefined;
  readonly sizeClass?: string | undefined;
}

/**
 * The shards of one job of a run: the named ones, else those at the index of the submission's size class, else the one at the index of the
 * plan. @throws BronzeError SHARD_UNKNOWN
 */
export async function jobShards(sink: Sink, plan: RunPlan, address: JobAddress): Promise<Shard[]> {
  const names = address.shards ?? (await namesAt(sink, plan, address));
  const known = new Map(shardsOf(plan).map((shard) => [shard.id as string, shard]));
  return names.map((name) => {
    const shard = known.get(name);
    if (shard === undefined) throw unknown(plan, `has no shard ${JSON.stringify(name)}`);
    return shard;
  });
}

async function namesAt(sink: Sink, plan: RunPlan, { index = 0, submission, sizeClass }: JobAddress): Promise<readonly string[]> {
  if (submission === undefined) {
    const shard = plan.shards[index];
    if (shard === undefined) throw unknown(plan, `has ${plan.shards.length} shards, and none at ${index}`);
    return [shard.id];
  }
  const found = await readSubmission(sink, plan.object, plan.run, submission);
  if (found === null) throw unknown(plan, `has no submission ${submission}`);
  // It started before it heard of its termination: the run may have been taken up again by others.
  if (found.cancelled_at !== null) throw cancelled(plan, submission);
  const groups = found.groups.filter((group) => sizeClass === undefined || group.size_class === sizeClass);
  if (groups.length > 1) throw unknown(plan, `has several size classes in submission ${submission}: say which with --size-class`);
  const job = groups[0]?.jobs[index];
  if (job === undefined) throw unknown(plan, `has no ${sizeClass ?? ""} job at ${index} of submission ${submission}`);
  return job;
}

function unknown(plan: RunPlan, what: string): BronzeError {
  return new BronzeError("SHARD_UNKNOWN", `Run ${plan.run} of ${plan.object} ${what}`, {
    context: { run: plan.run },
    hint: `See what it has: ${commandOn("status", plan, "--json")}`,
  });
}

function cancelled(plan: RunPlan, submission: number): BronzeError {
  return new BronzeError("USAGE", `Submission ${submission} of run ${plan.run} was cancelled`, { context: { run: plan.run } });
}
