import { nextSubmission } from "../../../run/continue.ts";
import { publishOptions } from "../../../run/publish-options.ts";
import { requireReady, type Submitter } from "../../../run/submitter.ts";
import { findSubmitter } from "../../../submit/index.ts";
import type { CommandAction, CommandInput, CommandResult } from "../../command.ts";
import { continueBy } from "../../continue-run.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { tellWhatStopsIt } from "../../notify-run.ts";
import { planRun } from "../../plan-run.ts";
import { withSubmitter } from "../../submitters.ts";

export const submitAwsAction: CommandAction = (input) => {
  const spec = findSubmitter(input.submitters, "batch");
  return tellWhatStopsIt(spec, input, () =>
    withLedger(input, (access) =>
      withSubmitter(spec, input, access, async (submitter) => {
        if (input.flags.dryRun === true) return showInputs(submitter, input, access);
        // Before the plan, which asks the source about every table.
        await requireReady(submitter);
        const { plan } = await planRun(input, access, "refuse");
        return continueBy(submitter, spec, plan, input, access, { withRunning: true });
      }),
    ),
  );
};

/** The SubmitJob inputs as a JSON array, each as `aws batch submit-job --cli-input-json` takes it. Batch isn't asked for anything. */
async function showInputs(submitter: Submitter, input: CommandInput, access: LedgerAccess): Promise<CommandResult> {
  const { plan } = await planRun(input, access, "refuse");
  const { pack, noPublish } = input.flags;
  const publish = noPublish === true ? null : publishOptions(access.config, input.flags);
  const submission = await nextSubmission({ sink: access.sink, plan, submitter, pack, publish });
  const inputs = submitter.inputs({ plan, submission });
  return {
    exitCode: 0,
    document: { dry_run: true, run: plan.run, inputs },
    text: () => `${JSON.stringify(inputs, null, 2)}\n`,
  };
}
