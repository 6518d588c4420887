import type { RunPlan } from "../../ledger/plan.ts";
import type { Submission } from "../../ledger/submissions.ts";
import type { Check, JobProgress, Submitter } from "../../run/submitter.ts";
import type { JobSize, SubmitAccess, SubmitterSpec } from "../contract.ts";
import { registered } from "../registered.ts";
import { type BatchApi, connectBatch } from "./api.ts";
import { checkDefinition, checkQueue } from "./checks.ts";
import { explainShards } from "./explain.ts";
import { fargateProblem } from "./fargate.ts";
import { type BatchMode, type BatchTarget, batchJobs, batchTarget, begunMode, jobNamePrefix } from "./input.ts";
import { readLogLines } from "./log-lines.ts";
import { batchProgress } from "./progress.ts";
import { findJobs, type SubmitOptions as SubmitJobsOptions, submitJobs } from "./submit.ts";

export { actual, estimate } from "./estimate.ts";
export { embeddedMetrics as metricFacts } from "./metrics.ts";
export { messenger } from "./sns.ts";

export function open(access: SubmitAccess, spec: SubmitterSpec): Submitter {
  const { config, env, options } = access;
  const target = batchTarget(config.object, registered(spec, access));
  const connect = () => connectBatch({ region: config.sink.region, env });
  return batchSubmitter({ name: spec.name, connect, target, ...(options.mode === undefined ? {} : { mode: options.mode }) });
}

export function sizeProblem({ vcpu, memory_mib }: JobSize): string | null {
  return fargateProblem(vcpu, memory_mib);
}

export interface BatchOptions {
  readonly name: string;
  connect(): Promise<BatchApi>;
  readonly target: BatchTarget;
  /** Default: array. */
  readonly mode?: BatchMode;
  /** For tests, which can't wait as long. */
  readonly pace?: Pick<SubmitJobsOptions, "backoffMs" | "listedAfterMs">;
}

/** AWS Batch: one array of jobs for each size class, or a job for each by itself; see docs of {@link batchJobs} and {@link submitJobs}. */
export function batchSubmitter({ name, connect, target, mode = "array", pace = {} }: BatchOptions): Submitter {
  let connected: Promise<BatchApi> | null = null;
  // What was found once is not asked for again: a command asks before it plans, and again before it submits.
  const found = new Map<string, Promise<string>>();
  const api = (): Promise<BatchApi> => {
    connected ??= connect();
    return connected;
  };
  const check = (what: string, look: (batch: BatchApi) => Promise<string>): Check => ({
    name: what,
    run: () => {
      const finding = found.get(what) ?? api().then(look);
      found.set(what, finding);
      return finding;
    },
  });
  const own = (submissions: readonly Submission[]) => submissions.filter(({ engine }) => engine === name);
  return {
    name,
    outlives: true,
    connect: async () => `in ${(await api()).region}`,
    checks: () => [
      check("Batch queue", async (batch) => {
        await checkQueue(batch, target.batch_queue);
        return `${target.batch_queue} takes jobs`;
      }),
      check("Batch job definition", async (batch) => {
        await checkDefinition(batch, target.batch_job_definition);
        return `${target.batch_job_definition} is active`;
      }),
    ],
    inputs: ({ plan, submission }) => batchJobs(plan, submission, target, mode).map(({ input }) => input),
    submit: async ({ plan, submission, signal, made }) => {
      const options = { ...whoseJobs(plan, submission), ...pace, made, signal };
      const listed = await findJobs(await api(), target.batch_queue, options);
      for (const { name, id } of submission.handles) listed.set(name, [...new Set([id, ...(listed.get(name) ?? [])])]);
      const jobs = batchJobs(plan, submission, target, begunMode(submission, [...listed.keys()]) ?? mode);
      await submitJobs(await api(), jobs, listed, options);
    },
    progress: async (submissions, signal) => {
      const handles = own(submissions).flatMap((submission) => submission.handles);
      return handles.length === 0 ? NO_JOBS : batchProgress(await api(), handles, signal);
    },
    cancel: async (plan, submissions) => {
      for (const submission of own(submissions)) await terminate(await api(), plan, submission, target);
    },
    readLog: async (lines, tail, signal) => readLogLines(lines, { region: (await api()).region, tail, signal }),
    explain: async (submissions, shards) => explainShards(await api(), own(submissions), shards),
    close: () => void connected?.then((batch) => batch.close()).catch(() => {}),
  };
}

const NO_JOBS: JobProgress = { waiting: 0, running: 0, succeeded: 0, failed: 0, forgotten: 0 };

function whoseJobs(plan: RunPlan, submission: Submission): { prefix: string; submittedAt: Date } {
  return { prefix: jobNamePrefix(plan, submission), submittedAt: new Date(submission.submitted_at) };
}

/** Ends what Batch has of a submission, also jobs whose ids never came back. Terminating an array ends its children. */
async function terminate(api: BatchApi, plan: RunPlan, submission: Submission, target: BatchTarget): Promise<void> {
  const listed = await findJobs(api, target.batch_queue, whoseJobs(plan, submission));
  const ids = new Set([...submission.handles.map(({ id }) => id), ...[...listed.values()].flat()]);
  for (const id of ids) await api.terminateJob(id, `pg-bronze cancel ${plan.run}`);
}
