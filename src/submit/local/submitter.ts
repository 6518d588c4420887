import { landClaimed } from "../../run/land-claimed.ts";
import { runContext } from "../../run/run-context.ts";
import { runShards } from "../../run/run-shards.ts";
import type { Submitter, Work } from "../../run/submitter.ts";
import type { SubmitAccess, SubmitterSpec } from "../contract.ts";
import { pacing, submittedShards, submitterHere } from "../here.ts";

/**
 * Lands shards in this process. A process for each would cost a small county more than its extract takes; what isolates shards here is
 * that each has a connection, a snapshot and a claim of its own, and that what one throws ends it alone.
 */
export function open(access: SubmitAccess, { name }: SubmitterSpec): Submitter {
  return submitterHere(name, (work) => land(work, access));
}

async function land({ plan, submission, signal }: Work, access: SubmitAccess): Promise<void> {
  const shards = submittedShards(plan, submission);
  const events = access.events(plan, shards.length);
  const pace = pacing(access, events);
  const shardsAtOnce = Math.min(pace.jobs, shards.length);
  const context = runContext(plan, { ...access.request(), signal }, access.sink, events.extract, { shardsAtOnce });
  const givenUp = (): boolean => context.source.givenUp !== null;
  await runShards(shards, { ...pace, signal, givenUp, land: (shard) => landClaimed(shard, context) });
}
