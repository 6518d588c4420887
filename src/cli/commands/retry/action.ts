import { clearStop } from "../../../ledger/stop.ts";
import { readSubmissions } from "../../../ledger/submissions.ts";
import { findSubmitter } from "../../../submit/index.ts";
import type { CommandAction } from "../../command.ts";
import { continueBy } from "../../continue-run.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { withSubmitter } from "../../submitters.ts";

/** Where the run was submitted last, unless --engine names another place. */
export const retryAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { sink } = access;
    const plan = await namedRun(input, access);
    const submissions = await readSubmissions(sink, plan.object, plan.run);
    const spec = findSubmitter(input.submitters, input.flags.engine ?? submissions.at(-1)?.engine ?? "local");
    return withSubmitter(spec, input, access, async (submitter) => {
      await clearStop(sink, plan.object, plan.run);
      return continueBy(submitter, spec, plan, input, access, { withRunning: false, evenHopeless: true });
    });
  });
