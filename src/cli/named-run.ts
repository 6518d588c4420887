import type { RunPlan } from "../ledger/plan.ts";
import { latestRun } from "../ledger/runs.ts";
import { BronzeError } from "../model/errors.ts";
import { parseRunId } from "../model/ids.ts";
import { requirePlan } from "../run/require-plan.ts";
import type { CommandInput } from "./command.ts";
import type { LedgerAccess } from "./ledger-access.ts";

/** The plan of the run that was named, else of the object's latest. @throws BronzeError USAGE when there is none */
export async function namedRun({ args, flags }: CommandInput, { object, sink }: LedgerAccess): Promise<RunPlan> {
  const run = args[0] !== undefined ? parseRunId(args[0]) : (flags.run ?? (await latestRun(sink, object)));
  if (run !== null) return requirePlan(sink, object, run);
  throw new BronzeError("USAGE", `${object} has no run in ${sink.url}`, {
    hint: "Name object and sink with --object and --sink, or make a run: pg-bronze plan.",
    context: { object },
  });
}
