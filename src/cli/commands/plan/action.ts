import type { RunPlan } from "../../../ledger/plan.ts";
import type { CommandAction, ExitCode } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { planRun } from "../../plan-run.ts";
import { planText } from "./render.ts";

export const planAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { flags } = input;
    const { plan, created } = await planRun(input, access, "all");
    return {
      exitCode: exitCodeOf(plan),
      document: { dry_run: flags.dryRun === true, created, plan },
      text: () => planText(plan, flags.pack ?? 1),
    };
  });

function exitCodeOf({ rejected, shards }: RunPlan): ExitCode {
  return rejected.length === 0 && shards.every(({ problem }) => problem === null) ? 0 : 1;
}
