import type { RunPlan } from "../ledger/plan.ts";
import { isStopped } from "../ledger/stop.ts";
import type { Submission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import { finishRun } from "../run/finish.ts";
import { publishOptions } from "../run/run-context.ts";
import { type BatchApi, connectBatch } from "../submit/batch/api.ts";
import { type BatchProgress, followBatch } from "../submit/batch/follow.ts";
import type { BatchTarget } from "../submit/batch/input.ts";
import { type BatchStart, startBatchRun } from "../submit/batch/run.ts";
import { batchSubmitter } from "../submit/batch/submitter.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import { submittedResult } from "./commands/submit-aws/render.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { count } from "./render/format.ts";
import { finishedResult } from "./render/run-report.ts";

/** Works with AWS Batch, and lets go of its sockets afterwards. */
export async function withBatch<T>(
  input: CommandInput,
  { config }: LedgerAccess,
  work: (api: BatchApi) => Promise<T>,
): Promise<T> {
  const api = await connectBatch({ region: config.sink.region, env: input.env });
  try {
    return await work(api);
  } finally {
    api.close();
  }
}

export interface BatchAccess extends LedgerAccess {
  readonly api: BatchApi;
  readonly target: BatchTarget;
}

/** Hands what is left of a run to AWS Batch; with --wait follows it and finishes the run. */
export async function landOnBatch(plan: RunPlan, input: CommandInput, access: BatchAccess): Promise<CommandResult> {
  const { flags, signal } = input;
  const { sink, api, target } = access;
  await refuseStopped(plan, access);
  const submitter = batchSubmitter({ api, target, ...(flags.mode === undefined ? {} : { mode: flags.mode }) });
  const { pack = 1, noPublish } = flags;
  const { start, submissions } = await startBatchRun({ plan, sink, api, submitter, pack, noPublish, signal });
  sayStarted(input, plan, start, submissions);
  if (flags.wait !== true && start !== "landed") {
    return submittedResult(plan, start, submissions);
  }
  if (start !== "landed") await follow(input, api, plan, submissions);
  const finished = await finishRun(sink, plan, noPublish === true ? null : publishOptions(access.config, flags));
  return finishedResult(finished, input.talk);
}

async function refuseStopped({ object, run }: RunPlan, { sink }: LedgerAccess): Promise<void> {
  if (!(await isStopped(sink, object, run))) return;
  throw new BronzeError("USAGE", `Run ${run} was cancelled`, { hint: `Take it up again with: pg-bronze retry ${run}` });
}

const SAID: Readonly<Record<BatchStart, string>> = {
  submitted: "submitted to AWS Batch",
  resumed: "its submission, whose answer was lost, is complete now",
  running: "its jobs are under way; nothing was submitted",
  landed: "all of it has landed; nothing was submitted",
};

function sayStarted({ talk }: CommandInput, plan: RunPlan, start: BatchStart, submissions: readonly Submission[]): void {
  const last = submissions.at(-1);
  talk.say("info", start, `run ${plan.run}: ${SAID[start]}`, {
    object: plan.object,
    run: plan.run,
    submission: last?.number ?? null,
  });
  if (start === "landed") return;
  for (const { name, id } of last?.handles ?? [])
    talk.say("debug", "job", `${name} is ${id}`, { run: plan.run, job_name: name, job_id: id });
}

async function follow(input: CommandInput, api: BatchApi, plan: RunPlan, submissions: readonly Submission[]): Promise<void> {
  const handles = submissions.flatMap((submission) => submission.handles);
  if (handles.length === 0) return;
  let before = "";
  const progress = (now: BatchProgress): void => {
    const text = `${count(now.waiting)} waiting, ${count(now.running)} running, ${count(now.succeeded)} succeeded, ${count(now.failed)} failed`;
    input.talk.status(`run ${plan.run}: ${text}`);
    if (text !== before) input.talk.say("debug", "progress", text, { run: plan.run, ...now });
    before = text;
  };
  try {
    await followBatch(api, handles, { signal: input.signal, progress });
  } catch (error) {
    if (!input.signal.aborted) throw error;
    throw new BronzeError("CANCELLED", `Stopped watching run ${plan.run}; its jobs go on`, {
      hint: `Watch again with the same command, or end them: pg-bronze cancel ${plan.run}`,
      cause: error,
    });
  } finally {
    input.talk.close();
  }
}
