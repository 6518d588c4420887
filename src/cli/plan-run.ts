import { RegistryEntrySchema } from "../config/registry.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { makeRunPlan } from "../run/plan-run.ts";
import type { CommandInput } from "./command.ts";
import { extractRequest, type WhenNothingChosen } from "./extract-request.ts";
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
  const made = await makeRunPlan({
    extract: extractRequest(config, input, whenNothing),
    sinceRefresh: input.flags.sinceRefresh === true,
    compute: entry?.compute ?? RegistryEntrySchema.shape.compute.parse(undefined),
    sink,
    reading: (reading) => planning({ object, reading }),
  });
  sayPlanned(input, made.plan, made.created);
  for (const message of made.warnings) {
    input.talk.say("warn", "warning", input.talk.format === "json" ? message : `warning: ${message}`, { run: made.plan.run });
  }
  return made;
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
