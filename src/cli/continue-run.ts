import type { RunPlan } from "../ledger/plan.ts";
import { continueRun, type RunToContinue } from "../run/continue.ts";
import { publishOptions } from "../run/publish-options.ts";
import type { Submitter } from "../run/submitter.ts";
import type { SubmitterSpec } from "../submit/contract.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { finishedResult } from "./render/run-report.ts";
import { progressTeller, sayStarted, submittedResult } from "./render/submission.ts";

/** Lands what is left of a run by a submitter, tells how it goes, and returns how it ended or what was submitted. */
export async function continueBy(
  submitter: Submitter,
  { title }: SubmitterSpec,
  plan: RunPlan,
  input: CommandInput,
  access: LedgerAccess,
  { withRunning }: Pick<RunToContinue, "withRunning">,
): Promise<CommandResult> {
  const { flags, talk, signal } = input;
  const { start, submissions, finished } = await continueRun({
    ...{ plan, submitter, withRunning, signal },
    sink: access.sink,
    pack: flags.pack,
    wait: flags.wait === true,
    publish: flags.noPublish === true ? null : publishOptions(access.config, flags),
    started: (how, submitted) => {
      if (submitter.outlives) sayStarted(talk, plan, title, how, submitted);
    },
    progress: progressTeller(talk, plan),
  }).finally(() => talk.close());
  return finished === null ? submittedResult(plan, start, submissions) : finishedResult(finished, talk);
}
