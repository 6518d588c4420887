import type { ObjectConfig } from "../config/object-config.ts";
import { RegistryEntrySchema } from "../config/registry.ts";
import type { ExtractRequest } from "../extract/contract.ts";
import { type RunPlan, readPlan } from "../ledger/plan.ts";
import type { Selection } from "../plan/contract.ts";
import { extractOverrides, makeRunPlan, type RunPlanRequest } from "../run/plan-run.ts";
import type { CommandInput } from "./command.ts";
import { extractRequest, type WhenNothingChosen } from "./extract-request.ts";
import type { FlagValues } from "./flags/flags.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { planningTold } from "./render/extract-events.ts";
import { counted } from "./render/format.ts";

/** Plans what the flags ask for, and says so. */
export async function planRun(
  input: CommandInput,
  { config, entry, sink }: LedgerAccess,
  whenNothing: WhenNothingChosen,
): Promise<{ plan: RunPlan; created: boolean }> {
  const { object } = config;
  const planning = planningTold(input.talk);
  const { flags } = input;
  const named = flags.run === undefined ? null : await readPlan(sink, config.object, flags.run);
  const made = await makeRunPlan({
    extract: named === null ? extractRequest(config, input, whenNothing) : requestOf(named, config, input),
    sinceRefresh: flags.sinceRefresh ?? named?.since_refresh ?? false,
    compute: entry?.compute ?? RegistryEntrySchema.shape.compute.parse(undefined),
    sink,
    estimates: await estimator(input),
    reading: (reading) => planning({ object, reading }),
  });
  sayPlanned(input, made.plan, made.created);
  for (const message of made.warnings) {
    input.talk.say("warn", "warning", input.talk.format === "json" ? message : `warning: ${message}`, { run: made.plan.run });
  }
  return made;
}

/** A run that was planned under this name is gone on with: what the command line doesn't say is as it was planned. */
function requestOf(plan: RunPlan, config: ObjectConfig, input: CommandInput): ExtractRequest {
  const { selection, snapshot_dt, replace } = plan;
  const given = withoutNothing(input.flags);
  const flags: FlagValues = { ...input.flags, extractDate: snapshot_dt, ...withoutNothing(extractOverrides(plan)), ...given };
  const chosen = Object.keys(selection).length === 0 ? "all" : (selection as Selection);
  return { ...extractRequest(config, { ...input, flags }, chosen), replace: flags.replace ?? replace };
}

function withoutNothing<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** By each submitter that can tell. */
async function estimator({ submitters }: CommandInput): Promise<NonNullable<RunPlanRequest["estimates"]>> {
  const loaded = await Promise.all(submitters.map(async ({ name, load }) => ({ name, estimate: (await load()).estimate })));
  return (plan) =>
    Object.fromEntries(
      loaded.flatMap(({ name, estimate }) => (estimate === undefined ? [] : [[name, estimate(plan).figures] as const])),
    );
}

function sayPlanned({ talk }: CommandInput, plan: RunPlan, created: boolean): void {
  const { object, run, snapshot_dt, shards, rejected, estimate } = plan;
  const problems = shards.flatMap(({ id, problem }) => (problem === null ? [] : [{ id, ...problem }]));
  talk.say(
    "info",
    "planned",
    `${created ? "planned" : "going on with"} run ${run} of ${object}: ${counted(shards.length, "shard")}`,
    {
      object,
      run,
      snapshot_dt,
      created,
      shards: shards.length,
      rejected: rejected.length,
      problems: problems.length,
      estimated_rows: estimate.rows,
      estimated_bytes: estimate.bytes,
    },
  );
  if (!created) return;
  for (const { id, code, message } of problems) {
    talk.say("warn", "shard_problem", `warning: ${id}: ${message}`, { run, shard: id, code });
  }
  for (const { label, error } of rejected) {
    talk.say("error", "shard_rejected", `rejected ${label}: ${error}`, { run, shard: label });
  }
}
