import type { RunPlan } from "../ledger/plan.ts";
import { readSubmissions, type Submission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import type { ShardId } from "../model/ids.ts";
import type { Explanation, Submitter } from "../run/submitter.ts";
import type { SubmitAccess, SubmitterSpec } from "../submit/contract.ts";
import { findSubmitter } from "../submit/index.ts";
import type { CommandInput } from "./command.ts";
import { extractRequest } from "./extract-request.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { runEvents } from "./render/run-events.ts";

/** Works with a submitter, and lets go of its connections afterwards. */
export async function withSubmitter<T>(
  spec: SubmitterSpec,
  input: CommandInput,
  access: LedgerAccess,
  work: (submitter: Submitter) => Promise<T>,
): Promise<T> {
  const submitter = await openSubmitter(spec, input, access);
  try {
    return await work(submitter);
  } finally {
    submitter.close();
  }
}

/** Nothing is sent yet. */
export async function openSubmitter(spec: SubmitterSpec, input: CommandInput, access: LedgerAccess): Promise<Submitter> {
  const { open } = await spec.load();
  return open(submitAccess(input, access), spec);
}

function submitAccess(input: CommandInput, { config, entry, file, sink }: LedgerAccess): SubmitAccess {
  const { flags, env, talk } = input;
  const { jobs, maxConnections, attempts, parallelism, mode } = flags;
  return {
    ...{ config, entry, file, sink, env },
    options: { jobs, maxConnections, attempts, parallelism, mode },
    request: () => extractRequest(config, input, "all"),
    events: (plan, shards) => runEvents(talk, plan, shards),
    log: ({ id }, line) => talk.say("debug", "job_log", `${id}: ${line}`, { shard: id }),
  };
}

/**
 * Works with every submitter whose jobs may still run. One that can't be reached is passed over with a warning: where the run stands is
 * in the ledger. @returns the errors of those
 */
export async function withSubmittersOf(
  submissions: readonly Submission[],
  input: CommandInput,
  access: LedgerAccess,
  work: (submitter: Submitter, spec: SubmitterSpec) => Promise<void>,
): Promise<BronzeError[]> {
  const errors: BronzeError[] = [];
  for (const name of new Set(submissions.map(({ engine }) => engine))) {
    let title = name;
    try {
      const spec = findSubmitter(input.submitters, name);
      // Jobs of the others ended with the process that ran them.
      if (!spec.outlives) continue;
      title = spec.title;
      await withSubmitter(spec, input, access, (submitter) => work(submitter, spec));
    } catch (error) {
      if (!(error instanceof BronzeError) || input.signal.aborted) throw error;
      input.talk.say("warn", "engine_silent", `warning: ${title} can't be asked: ${error.message}`, {
        engine: name,
        code: error.code,
      });
      errors.push(error);
    }
  }
  return errors;
}

/** What a submitter says of a shard, and whose word it is. */
export interface Explained extends Explanation {
  /** As people know it: AWS Batch. */
  readonly by: string;
}

/** The own words of those that a run was submitted to. */
export async function explainShards(
  input: CommandInput,
  access: LedgerAccess,
  plan: RunPlan,
  shards: readonly ShardId[],
): Promise<ReadonlyMap<ShardId, Explained>> {
  const explained = new Map<ShardId, Explained>();
  if (shards.length === 0) return explained;
  const submissions = await readSubmissions(access.sink, plan.object, plan.run);
  await withSubmittersOf(submissions, input, access, async (submitter, { title }) => {
    for (const [shard, said] of await submitter.explain(submissions, shards)) explained.set(shard, { by: title, ...said });
  });
  return explained;
}
