import { thisProcess } from "../../../ledger/actor.ts";
import { releaseClaims } from "../../../ledger/claims.ts";
import { writeStop } from "../../../ledger/stop.ts";
import { cancelSubmissions, readSubmissions } from "../../../ledger/submissions.ts";
import { retryHint } from "../../../run/hints.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { withSubmittersOf } from "../../submitters.ts";

export const cancelAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { sink } = access;
    const plan = await namedRun(input, access);
    const { run } = plan;
    // First the ledger, so that what an engine starts from now on ends at once.
    const by = `cancel by ${thisProcess().owner}`;
    await writeStop(sink, plan.object, run, by);
    await cancelSubmissions(sink, plan.object, run);
    const submissions = await readSubmissions(sink, plan.object, run);
    const errors = await withSubmittersOf(submissions, input, access, (submitter) => submitter.cancel(plan, submissions));
    const released = await releaseClaims(sink, plan.object, run, plan.shards);
    return {
      // Jobs that could not be ended stop at their next heartbeat, when they find their claims taken.
      exitCode: errors.length === 0 ? 0 : 1,
      document: { object: plan.object, run, released },
      text: () => `run ${run} is cancelled; shards under way: ${released.length}.\n${retryHint("Take it up again with", plan)}\n`,
    };
  });
