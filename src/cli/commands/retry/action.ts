import { clearStop } from "../../../ledger/stop.ts";
import { readSubmissions } from "../../../ledger/submissions.ts";
import { BronzeError } from "../../../model/errors.ts";
import { parseRunId } from "../../../model/ids.ts";
import { batchTarget } from "../../../submit/batch/input.ts";
import type { CommandAction } from "../../command.ts";
import { landHere } from "../../land-here.ts";
import { landOnBatch, withBatch } from "../../land-on-batch.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";

/** Where the run was submitted last, unless --engine names another place. */
export const retryAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const plan = await namedRun(input, access);
    const run = parseRunId(plan.run);
    const submissions = await readSubmissions(access.sink, plan.object, run);
    const engine = input.flags.engine ?? submissions.at(-1)?.engine ?? "local";
    await clearStop(access.sink, plan.object, run);
    if (engine !== "batch") return landHere(plan, input, access, { engine, withRunning: false });
    const { entry } = access;
    if (entry === null)
      throw new BronzeError("USAGE", "AWS Batch needs the registry's entry of the object", { hint: "Leave --config out." });
    const target = batchTarget(access.object, entry);
    return withBatch(input, access, (api) => landOnBatch(plan, input, { ...access, api, target }));
  });
