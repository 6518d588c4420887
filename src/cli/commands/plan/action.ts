import { RegistryEntrySchema } from "../../../config/registry.ts";
import type { RunPlan } from "../../../ledger/plan.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { extractRequest, type WhenNothingChosen } from "../../extract-request.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { counted } from "../../render/format.ts";
import { planText } from "./render.ts";

export const planAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { plan, created } = await planRun(input, access, "all");
    const isClean = plan.rejected.length === 0 && plan.shards.every(({ problem }) => problem === null);
    const exitCode = isClean ? 0 : 1;
    process.exitCode = exitCode;
    const document = { version: 1, command: "plan", dry_run: input.flags.dryRun === true, created, exit_code: exitCode, plan };
    input.print(
      input.flags.json === true ? `${JSON.stringify(document, null, 2)}\n` : await planText(plan, input.flags.pack ?? 1),
    );
    return exitCode;
  });

/** Plans what the flags ask for, and says so. */
export async function planRun(
  input: CommandInput,
  { config, entry, sink }: LedgerAccess,
  whenNothing: WhenNothingChosen,
): Promise<{ plan: RunPlan; created: boolean }> {
  const { makeRunPlan } = await import("../../../run/run-plan.ts");
  const made = await makeRunPlan({
    extract: extractRequest(config, input, whenNothing),
    sinceRefresh: input.flags.sinceRefresh === true,
    compute: entry?.compute ?? RegistryEntrySchema.shape.compute.parse(undefined),
    sink,
  });
  sayPlanned(input, made.plan, made.created);
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
