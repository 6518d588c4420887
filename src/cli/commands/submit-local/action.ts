import { patternOf } from "../../../patterns/index.ts";
import type { CommandAction } from "../../command.ts";
import { landHere } from "../../land-here.ts";
import { withLedger } from "../../ledger-access.ts";
import { planRun } from "../../plan-run.ts";
import { planText } from "../plan/render.ts";

/** Dallas, Harris and Travis: large enough to mean something, small enough to try. */
const TEXAS = { geoid: ["48113", "48201", "48453"] };

export const submitLocalAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { flags } = input;
    const whenNothing = patternOf(access.config).isSharded && flags.sinceRefresh !== true ? TEXAS : "all";
    const { plan, created } = await planRun(input, access, whenNothing);
    if (flags.dryRun === true) {
      return { exitCode: 0, document: { dry_run: true, created, plan }, text: () => planText(plan, 1) };
    }
    return landHere(plan, input, access, { engine: flags.engine ?? "local", withRunning: true });
  });
