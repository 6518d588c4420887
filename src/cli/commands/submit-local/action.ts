import { BronzeError } from "../../../model/errors.ts";
import { patternOf } from "../../../patterns/index.ts";
import type { SubmitterSpec } from "../../../submit/contract.ts";
import { findSubmitter } from "../../../submit/index.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { continueBy } from "../../continue-run.ts";
import { withLedger } from "../../ledger-access.ts";
import { planRun } from "../../plan-run.ts";
import { withSubmitter } from "../../submitters.ts";
import { planText } from "../plan/render.ts";

/** Dallas, Harris and Travis: large enough to mean something, small enough to try. */
const TEXAS = { geoid: ["48113", "48201", "48453"] };

export const submitLocalAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { flags } = input;
    const spec = submitterHere(input);
    const whenNothing = patternOf(access.config).isSharded && flags.sinceRefresh !== true ? TEXAS : "all";
    const { plan, created } = await planRun(input, access, whenNothing);
    if (flags.dryRun === true) {
      return { exitCode: 0, document: { dry_run: true, created, plan }, text: () => planText(plan, 1) };
    }
    return withSubmitter(spec, input, access, (submitter) =>
      continueBy(submitter, spec, plan, input, access, { withRunning: true }),
    );
  });

/** @throws BronzeError USAGE for one that runs elsewhere */
function submitterHere({ flags, submitters }: CommandInput): SubmitterSpec {
  const spec = findSubmitter(submitters, flags.engine ?? "local");
  if (!spec.outlives) return spec;
  throw new BronzeError("USAGE", `submit-local runs shards on this machine, not on ${spec.title}`, {
    hint: "Leave --engine out. For AWS Batch: pg-bronze submit-aws.",
  });
}
