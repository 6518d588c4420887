import type { RunPlan } from "../ledger/plan.ts";
import { readSubmissions } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import { parseRunId, type ShardId } from "../model/ids.ts";
import type { Explanation } from "../submit/contract.ts";
import type { CommandInput } from "./command.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { withBatchOf } from "./named-run.ts";

/** The engine's own reasons; none where it can't be asked. */
export async function explainShards(
  input: CommandInput,
  access: LedgerAccess,
  plan: RunPlan,
  shards: readonly ShardId[],
): Promise<ReadonlyMap<ShardId, Explanation>> {
  const submissions = await readSubmissions(access.sink, plan.object, parseRunId(plan.run));
  if (shards.length === 0) return new Map();
  try {
    return await withBatchOf(input, access, submissions, async (submitter) =>
      submitter === null ? new Map() : submitter.explain(plan, submissions, shards),
    );
  } catch (error) {
    if (!(error instanceof BronzeError) || input.signal.aborted) throw error;
    input.talk.say("warn", "engine_silent", `warning: AWS Batch can't be asked: ${error.message}`, { code: error.code });
    return new Map();
  }
}
