import { type RunPlan, readPlan } from "../ledger/plan.ts";
import { pasted } from "../model/command-text.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";

/** @throws BronzeError USAGE when the ledger has no such run. */
export async function requirePlan(sink: Sink, object: string, run: RunId): Promise<RunPlan> {
  const plan = await readPlan(sink, object, run);
  if (plan !== null) return plan;
  throw new BronzeError("USAGE", `${object} has no planned run ${run} in ${sink.url}`, {
    hint: `List the runs with: ${pasted(["pg-bronze", "runs", "--object", object, "--sink", sink.url])}`,
    context: { run },
  });
}
