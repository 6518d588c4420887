import { releaseClaims } from "../../../ledger/claims.ts";
import { clearStop, writeStop } from "../../../ledger/stop.ts";
import { readSubmissions } from "../../../ledger/submissions.ts";
import { BronzeError } from "../../../model/errors.ts";
import { parseRunId } from "../../../model/ids.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun, withBatchOf } from "../../named-run.ts";
import { landHere } from "../submit-local/action.ts";

/** Where the run was submitted last, unless --engine names another place. */
export const retryAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const plan = await namedRun(input, access);
    const run = parseRunId(plan.run);
    const submissions = await readSubmissions(access.sink, plan.object, run);
    const engine = input.flags.engine ?? submissions.at(-1)?.engine ?? "local";
    await clearStop(access.sink, plan.object, run);
    if (engine !== "batch") return landHere("retry", plan, input, access, engine);
    const { entry } = access;
    if (entry === null)
      throw new BronzeError("USAGE", "AWS Batch needs the registry's entry of the object", { hint: "Leave --config out." });
    const { landOnBatch, withBatch } = await import("../submit-aws/action.ts");
    const { batchTarget } = await import("../../../submit/batch/input.ts");
    const target = batchTarget(access.object, entry);
    return withBatch(input, access, (api) => landOnBatch("retry", plan, input, { ...access, api, target }));
  });

export const cancelAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { sink } = access;
    const plan = await namedRun(input, access);
    const run = parseRunId(plan.run);
    const { newOwner } = await import("../../../ledger/claims.ts");
    // First the ledger, so that what an engine starts from now on ends at once.
    const by = `cancel by ${newOwner()}`;
    await writeStop(sink, plan.object, run, by);
    const submissions = await readSubmissions(sink, plan.object, run);
    await withBatchOf(input, access, submissions, async (submitter) => submitter?.cancel(plan, submissions));
    const released = await releaseClaims(sink, plan.object, run, by);
    const document = { version: 1, command: "cancel", object: plan.object, run, released };
    const text = `run ${run} is cancelled; shards under way: ${released.length}. Take it up again with: pg-bronze retry ${run}\n`;
    input.print(input.flags.json === true ? `${JSON.stringify(document, null, 2)}\n` : text);
    return 0;
  });
