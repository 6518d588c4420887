import type { RunPlan } from "../ledger/plan.ts";
import { continueRun, type RunToContinue } from "../run/continue.ts";
import { publishOptions } from "../run/publish-options.ts";
import type { Submitter } from "../run/submitter.ts";
import type { SubmitterSpec } from "../submit/contract.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { tellHowItEnded } from "./notify-run.ts";
import { finishedResult } from "./render/run-report.ts";
import { progressTeller, sayLeftAlone, sayStarted, sayWaiting, submittedResult } from "./render/submission.ts";
import { runFacts, stallTeller } from "./run-metrics.ts";

/** Lands what is left of a run by a submitter, tells how it goes, and returns how it ended or what was submitted. */
export async function continueBy(
  submitter: Submitter,
  spec: SubmitterSpec,
  plan: RunPlan,
  input: CommandInput,
  access: LedgerAccess,
  how: Pick<RunToContinue, "withRunning" | "evenHopeless">,
): Promise<CommandResult> {
  const { flags, talk, signal } = input;
  const stalls = stallTeller(plan, input);
  const progress = progressTeller(talk, plan);
  const { start, submissions, leftAlone, finished } = await continueRun({
    ...{ plan, submitter, signal, ...how },
    sink: access.sink,
    pack: flags.pack,
    wait: flags.wait === true,
    publish: flags.noPublish === true ? null : publishOptions(access.config, flags),
    started: (start, submitted) => {
      if (submitter.outlives) sayStarted(talk, plan, spec.title, start, submitted);
    },
    waiting: (owner) => sayWaiting(talk, plan, owner),
    progress: (now) => {
      progress(now);
      stalls(now);
    },
  }).finally(() => talk.close());
  sayLeftAlone(talk, plan, leftAlone);
  if (finished === null) return submittedResult(plan, start, submissions);
  const result = finishedResult(finished, talk, await runFacts(input, access, finished));
  const exitCode = spec.outlives ? await tellHowItEnded(spec, input, access, finished) : null;
  return exitCode === null ? result : { ...result, exitCode };
}
