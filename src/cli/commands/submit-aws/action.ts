import { BronzeError } from "../../../model/errors.ts";
import { type BatchTarget, batchJobs, batchTarget } from "../../../submit/batch/input.ts";
import { preflight } from "../../../submit/batch/preflight.ts";
import { nextBatchSubmission } from "../../../submit/batch/run.ts";
import type { CommandAction, CommandInput, CommandResult } from "../../command.ts";
import { landOnBatch, withBatch } from "../../land-on-batch.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { planRun } from "../../plan-run.ts";

export const submitAwsAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const target = registered(access);
    return input.flags.dryRun === true ? showInputs(input, access, target) : submit(input, access, target);
  });

/** @throws BronzeError USAGE for a config outside the registry, CONFIG_INVALID for an entry without queue or job definition */
function registered({ entry, object, file }: LedgerAccess): BatchTarget {
  if (entry !== null) return batchTarget(object, entry);
  throw new BronzeError("USAGE", `${object} has no queue and no job definition: ${file} is outside the registry`, {
    hint: "Add the object to config/registry.yaml, or land it here: pg-bronze submit-local.",
  });
}

/** The SubmitJob inputs as a JSON array, each as `aws batch submit-job --cli-input-json` takes it. Batch isn't asked for anything. */
async function showInputs(input: CommandInput, access: LedgerAccess, target: BatchTarget): Promise<CommandResult> {
  const { plan } = await planRun(input, access, "refuse");
  const submission = await nextBatchSubmission({
    plan,
    sink: access.sink,
    pack: input.flags.pack ?? 1,
    noPublish: input.flags.noPublish,
  });
  const inputs = batchJobs(plan, submission, target, input.flags.mode ?? "array").map((job) => job.input);
  return {
    exitCode: 0,
    document: { dry_run: true, run: plan.run, inputs },
    text: () => `${JSON.stringify(inputs, null, 2)}\n`,
  };
}

async function submit(input: CommandInput, access: LedgerAccess, target: BatchTarget): Promise<CommandResult> {
  return withBatch(input, access, async (api) => {
    // Before the plan, which asks the source about every table.
    await preflight(api, target);
    const { plan } = await planRun(input, access, "refuse");
    return landOnBatch(plan, input, { ...access, api, target });
  });
}
