import type { ExtractEvents, ExtractRequest } from "../extract/contract.ts";
import { type ExtractJob, makeJob } from "../extract/job.ts";
import { sourceAccess } from "../extract/shard-source.ts";
import { type RunPlan, readPlan } from "../ledger/plan.ts";
import { BronzeError } from "../model/errors.ts";
import { parseRunId, type RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { configDigest, extractOverrides } from "./run-plan.ts";

/** @throws BronzeError USAGE when the ledger has no such run. */
export async function requirePlan(sink: Sink, object: string, run: RunId): Promise<RunPlan> {
  const plan = await readPlan(sink, object, run);
  if (plan !== null) return plan;
  throw new BronzeError("USAGE", `${object} has no planned run ${run} in ${sink.url}`, {
    hint: `List the runs with: pg-bronze runs --object ${object} --sink ${sink.url}`,
    context: { run },
  });
}

/**
 * What the shards of a planned run have in common, in this process: the plan's schema and flags, this machine's connection and threads.
 * @throws BronzeError CONFIG_INVALID when the config is no longer the one that the run was planned with.
 */
export function plannedJob(plan: RunPlan, request: ExtractRequest, sink: Sink, events: ExtractEvents): ExtractJob {
  if (configDigest(request.config, plan.overrides) !== plan.config_digest) {
    throw new BronzeError("CONFIG_INVALID", `The config of ${plan.object} is not the one that run ${plan.run} was planned with`, {
      hint: "Plan anew: what landed with another config must not stand in one snapshot. In a container: is its image the planner's?",
      context: { run: plan.run },
    });
  }
  const { threads, parallelism } = request.overrides;
  const overrides = { ...extractOverrides(plan), threads, parallelism };
  const { target } = sourceAccess(request);
  const job = makeJob({ ...request, overrides }, { run: parseRunId(plan.run), target, sink, events });
  return { ...job, pinned: plan.columns };
}
