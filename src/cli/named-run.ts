import type { RunPlan } from "../ledger/plan.ts";
import { latestRun } from "../ledger/runs.ts";
import type { Submission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import { parseRunId } from "../model/ids.ts";
import { requirePlan } from "../run/run-context.ts";
import { batchTarget } from "../submit/batch/input.ts";
import { batchSubmitter } from "../submit/batch/submitter.ts";
import type { Submitter } from "../submit/contract.ts";
import type { CommandInput } from "./command.ts";
import { withBatch } from "./land-on-batch.ts";
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

/**
 * Works with AWS Batch where the run was submitted to it; null elsewhere. The ledger alone knows where a run stands, so that Batch being out
 * of reach is only said: work is then done without it.
 */
export async function withBatchOf<T>(
  input: CommandInput,
  access: LedgerAccess,
  submissions: readonly Submission[],
  work: (submitter: Submitter | null) => Promise<T>,
): Promise<T> {
  const { entry } = access;
  if (entry?.batch_queue === undefined || submissions.every(({ engine }) => engine !== "batch")) return work(null);
  const target = batchTarget(access.object, entry);
  return withBatch(input, access, (api) => work(batchSubmitter({ api, target })));
}
