import type { ExtractEvents, ExtractRequest } from "../extract/contract.ts";
import { landingOptions } from "../extract/options.ts";
import { sourceAccess } from "../extract/shard-source.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { BronzeError } from "../model/errors.ts";
import { parseRunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import type { RunJob } from "./run-job.ts";
import { configDigest, extractOverrides } from "./run-plan.ts";

/**
 * What the shards of a planned run have in common, in this process: the plan's schema and flags, this machine's connection and threads.
 * @throws BronzeError CONFIG_INVALID when the config is no longer the one that the run was planned with.
 */
export function plannedJob(plan: RunPlan, request: ExtractRequest, sink: Sink, events: ExtractEvents, shardsAtOnce = 1): RunJob {
  if (configDigest(request.config, plan.overrides) !== plan.config_digest) {
    throw new BronzeError("CONFIG_INVALID", `The config of ${plan.object} is not the one that run ${plan.run} was planned with`, {
      hint: "Plan anew: what landed with another config must not stand in one snapshot. In a container: is its image the planner's?",
      context: { run: plan.run },
    });
  }
  const { threads, parallelism } = request.overrides;
  const overrides = { ...extractOverrides(plan), threads, parallelism };
  const { target, signal } = sourceAccess(request);
  const options = landingOptions(request.config, overrides, { shardsAtOnce, pinned: plan.columns });
  return { run: parseRunId(plan.run), options, session: { target, sink, events }, signal };
}
