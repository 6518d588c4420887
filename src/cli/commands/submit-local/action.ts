import { BronzeError } from "../../../model/errors.ts";
import { patternOf } from "../../../patterns/index.ts";
import type { SubmitterSpec } from "../../../submit/contract.ts";
import { findSubmitter } from "../../../submit/index.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { continueBy } from "../../continue-run.ts";
import type { WhenNothingChosen } from "../../extract-request.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { planRun } from "../../plan-run.ts";
import { withSubmitter } from "../../submitters.ts";
import { planText } from "../plan/render.ts";

export const submitLocalAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { flags } = input;
    const spec = submitterHere(input);
    const { plan, created } = await planRun(input, access, whenNothingChosen(input, access));
    if (flags.dryRun === true) {
      return { exitCode: 0, document: { dry_run: true, created, plan }, text: () => planText(plan, 1) };
    }
    return withSubmitter(spec, input, access, (submitter) =>
      continueBy(submitter, spec, plan, input, access, { withRunning: true }),
    );
  });

/** What the registry has people try an object with; a nation has to be asked for. */
function whenNothingChosen({ flags }: CommandInput, { config, entry }: LedgerAccess): WhenNothingChosen {
  if (!patternOf(config).isSharded || flags.sinceRefresh === true) return "all";
  return entry?.default_selection ?? "refuse";
}

/** @throws BronzeError USAGE for one that runs elsewhere */
function submitterHere({ flags, submitters }: CommandInput): SubmitterSpec {
  const spec = findSubmitter(submitters, flags.engine ?? "local");
  if (!spec.outlives) return spec;
  throw new BronzeError("USAGE", `submit-local runs shards on this machine, not on ${spec.title}`, {
    hint: "Leave --engine out. For AWS Batch: pg-bronze submit-aws.",
  });
}
