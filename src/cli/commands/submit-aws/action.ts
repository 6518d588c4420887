import type { RunPlan } from "../../../ledger/plan.ts";
import type { Submission } from "../../../ledger/submissions.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { BatchApi } from "../../../submit/batch/api.ts";
import type { BatchProgress } from "../../../submit/batch/follow.ts";
import type { BatchTarget } from "../../../submit/batch/input.ts";
import type { BatchStart } from "../../../submit/batch/run.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { count } from "../../render/format.ts";
import { planRun } from "../plan/action.ts";
import { submittedText } from "./render.ts";

export const submitAwsAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const target = await registered(access);
    return input.flags.dryRun === true ? showInputs(input, access, target) : submit(input, access, target);
  });

/** @throws BronzeError USAGE for a config outside the registry, CONFIG_INVALID for an entry without queue or job definition */
async function registered({ entry, object, file }: LedgerAccess): Promise<BatchTarget> {
  const { batchTarget } = await import("../../../submit/batch/input.ts");
  if (entry !== null) return batchTarget(object, entry);
  throw new BronzeError("USAGE", `${object} has no queue and no job definition: ${file} is outside the registry`, {
    hint: "Add the object to config/registry.yaml, or land it here: pg-bronze submit-local.",
  });
}

/** The SubmitJob inputs as a JSON array, each as `aws batch submit-job --cli-input-json` takes it. Batch isn't asked for anything. */
async function showInputs(input: CommandInput, access: LedgerAccess, target: BatchTarget): Promise<number> {
  const { plan } = await planRun(input, access, "refuse");
  const { nextBatchSubmission } = await import("../../../submit/batch/run.ts");
  const { batchJobs } = await import("../../../submit/batch/input.ts");
  const submission = await nextBatchSubmission({
    plan,
    sink: access.sink,
    pack: input.flags.pack ?? 1,
    noPublish: input.flags.noPublish,
  });
  const inputs = batchJobs(plan, submission, target, input.flags.mode ?? "array").map((job) => job.input);
  const document = { version: 1, command: "submit-aws", dry_run: true, exit_code: 0, run: plan.run, inputs };
  input.print(`${JSON.stringify(input.flags.json === true ? document : inputs, null, 2)}\n`);
  return 0;
}

async function submit(input: CommandInput, access: LedgerAccess, target: BatchTarget): Promise<number> {
  return withBatch(input, access, async (api) => {
    const { preflight } = await import("../../../submit/batch/preflight.ts");
    // Before the plan, which asks the source about every table.
    await preflight(api, target);
    const { plan } = await planRun(input, access, "refuse");
    return landOnBatch("submit-aws", plan, input, { ...access, api, target });
  });
}

/** Works with AWS Batch, and lets go of its sockets afterwards. */
export async function withBatch<T>(
  input: CommandInput,
  { config }: LedgerAccess,
  work: (api: BatchApi) => Promise<T>,
): Promise<T> {
  const { connectBatch } = await import("../../../submit/batch/api.ts");
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

/** Hands what is left of a run to AWS Batch; with --wait follows it, finishes the run, and gives 0 when all landed, else 1. */
export async function landOnBatch(command: string, plan: RunPlan, input: CommandInput, access: BatchAccess): Promise<number> {
  const { flags, signal } = input;
  const { sink, api, target } = access;
  await refuseStopped(plan, access);
  const { batchSubmitter } = await import("../../../submit/batch/submitter.ts");
  const { startBatchRun } = await import("../../../submit/batch/run.ts");
  const submitter = batchSubmitter({ api, target, ...(flags.mode === undefined ? {} : { mode: flags.mode }) });
  const { pack = 1, noPublish } = flags;
  const { start, submissions } = await startBatchRun({ plan, sink, api, submitter, pack, noPublish, signal });
  sayStarted(input, plan, start, submissions);
  if (flags.wait !== true && start !== "landed") {
    input.print(submittedText(command, plan, start, submissions, flags.json === true));
    return 0;
  }
  if (start !== "landed") await follow(input, api, plan, submissions);
  const { finishRun } = await import("../../../run/finish.ts");
  const finished = await finishRun(sink, plan, { publish: flags.noPublish !== true, allowPartial: flags.allowPartial === true });
  const { finishedReport } = await import("../../render/run-report.ts");
  return finishedReport(command, finished, input);
}

async function refuseStopped({ object, run }: RunPlan, { sink }: LedgerAccess): Promise<void> {
  const { isStopped } = await import("../../../ledger/stop.ts");
  const { parseRunId } = await import("../../../model/ids.ts");
  if (!(await isStopped(sink, object, parseRunId(run)))) return;
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
  const { followBatch } = await import("../../../submit/batch/follow.ts");
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
