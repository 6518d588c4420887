import type {
  CancelJobCommandInput,
  DescribeComputeEnvironmentsCommandInput,
  DescribeJobDefinitionsCommandInput,
  DescribeJobQueuesCommandInput,
  DescribeJobsCommandInput,
  JobDetail,
  JobSummary,
  ListJobsCommandInput,
  SubmitJobCommandInput,
  TerminateJobCommandInput,
} from "@aws-sdk/client-batch";
import { type Engine, logStream } from "./engine.ts";
import { refuse } from "./errors.ts";
import { type Job, type JobState, stateAt, statusSummary } from "./job.ts";
import { type Account, checkSubmission, findQueue } from "./submission.ts";

export interface Context {
  readonly engine: Engine;
  readonly account: Account;
  readonly bodyBytes: number;
  readonly lag: Lag;
}

/** How old what is told of jobs may be. Batch promises no consistency between SubmitJob or TerminateJob and what it tells afterwards. */
export interface Lag {
  readonly listMs: number;
  readonly describeMs: number;
}

type Operation = (input: never, context: Context) => unknown;

/** Path → operation and what does it. Source: AWS Batch API reference. */
export const OPERATIONS: Readonly<Record<string, readonly [string, Operation]>> = {
  "/v1/submitjob": ["SubmitJob", submitJob],
  "/v1/describejobs": ["DescribeJobs", describeJobs],
  "/v1/listjobs": ["ListJobs", listJobs],
  "/v1/terminatejob": ["TerminateJob", terminateJob],
  "/v1/canceljob": ["CancelJob", cancelJob],
  "/v1/describecomputeenvironments": ["DescribeComputeEnvironments", describeComputeEnvironments],
  "/v1/describejobqueues": ["DescribeJobQueues", describeJobQueues],
  "/v1/describejobdefinitions": ["DescribeJobDefinitions", describeJobDefinitions],
};

function arnOf(kind: string, name: string): string {
  return `arn:aws:batch:us-east-2:123456789012:${kind}/${name}`;
}

function submitJob(input: SubmitJobCommandInput, { engine, account, bodyBytes }: Context): unknown {
  const job = engine.submit(checkSubmission(input, bodyBytes, account));
  return { jobArn: arnOf("job", job.id), jobName: job.submission.input.jobName, jobId: job.id };
}

function describeJobs({ jobs: ids }: DescribeJobsCommandInput, { engine, lag }: Context): unknown {
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > 100) refuse("jobs must hold 1 to 100 job IDs.");
  const at = Date.now() - lag.describeMs;
  return { jobs: ids.flatMap((id) => engine.find(id) ?? []).flatMap((job) => detailsAt(job, at)) };
}

function arrayOf(job: Job, at: number): Pick<JobDetail, "arrayProperties"> {
  if (job.children.length > 0) return { arrayProperties: { size: job.children.length, statusSummary: statusSummary(job, at) } };
  return job.index === null ? {} : { arrayProperties: { index: job.index } };
}

function detailsAt(job: Job, at: number): Omit<JobDetail, "nodeProperties">[] {
  const state = stateAt(job, at);
  return state === null ? [] : [detailOf(job, state, at)];
}

function detailOf(job: Job, state: JobState, at: number): Omit<JobDetail, "nodeProperties"> {
  const { submission } = job;
  const { status, statusReason, startedAt, stoppedAt, exitCode } = state;
  const attempts = job.attempts.slice(0, state.attempts);
  const last = attempts.at(-1)?.container;
  const attemptNow = attempts.length + (status === "RUNNING" ? 1 : 0);
  return {
    ...summaryOf(job, state),
    jobName: submission.input.jobName,
    jobQueue: arnOf("job-queue", submission.queue),
    status,
    startedAt,
    stoppedAt,
    statusReason,
    attempts,
    retryStrategy: submission.retryStrategy,
    container: {
      command: [...submission.command],
      environment: [...submission.environment],
      logStreamName: attemptNow === 0 ? undefined : logStream(job, attemptNow),
      logConfiguration: submission.definition.containerProperties?.logConfiguration,
      exitCode,
      reason: last?.reason,
    },
    ...arrayOf(job, at),
    isTerminated: job.ended !== null,
  };
}

function summaryOf(job: Job, state: JobState): Omit<JobSummary, "nodeProperties"> & { jobDefinition: string } {
  const { definition, input } = job.submission;
  const { status, statusReason, startedAt, stoppedAt, exitCode } = state;
  const reason = job.attempts[state.attempts - 1]?.container?.reason;
  return {
    jobArn: arnOf("job", job.id),
    jobId: job.id,
    jobName: input.jobName,
    jobDefinition: arnOf("job-definition", `${definition.jobDefinitionName}:${definition.revision}`),
    createdAt: job.createdAt,
    status,
    statusReason,
    startedAt,
    stoppedAt,
    container: exitCode === undefined ? undefined : { exitCode, reason },
    ...(job.children.length > 0 ? { arrayProperties: { size: job.children.length } } : {}),
    ...(job.index === null ? {} : { arrayProperties: { index: job.index } }),
  };
}

/** With a filter: any status, newest first, 100 a page. Without: one status, RUNNING when none is named, 1,000 a page. */
function listJobs(input: ListJobsCommandInput, { engine, account, lag }: Context): unknown {
  const { filters = [], jobQueue, arrayJobId } = input;
  if ((jobQueue === undefined) === (arrayJobId === undefined))
    refuse("Specify exactly one of jobQueue, arrayJobId and multiNodeJobId.");
  if (filters.length > 1) refuse("Only one filter can be used at a time.");
  const most = filters.length > 0 ? 100 : 1000;
  const pageJobs = input.maxResults ?? most;
  if (!(pageJobs >= 1 && pageJobs <= 1000)) refuse("maxResults must be between 1 and 1000.");
  const status = input.jobStatus ?? "RUNNING";
  const at = Date.now() - lag.listMs;
  const statusOf = (job: Job) => stateAt(job, at)?.status;
  let found: readonly Job[];
  if (arrayJobId !== undefined) found = (engine.find(arrayJobId)?.children ?? []).filter((job) => statusOf(job) === status);
  else {
    const queue = findQueue(account.queues, jobQueue!);
    if (queue === undefined) refuse(`Job queue ${jobQueue} does not exist.`);
    const inQueue = engine.jobs.filter((job) => job.submission.queue === queue.jobQueueName && statusOf(job) !== undefined);
    const [filter] = filters;
    if (filter === undefined) found = inQueue.filter((job) => statusOf(job) === status);
    else if (filter.name === "JOB_NAME") found = inQueue.filter((job) => matches(job, filter.values ?? [])).toReversed();
    else refuse(`Filter ${filter.name} is not known here.`);
  }
  const start = Number(input.nextToken ?? 0);
  const end = start + Math.min(pageJobs, most);
  return {
    jobSummaryList: found.slice(start, end).map((job) => summaryOf(job, stateAt(job, at)!)),
    nextToken: end < found.length ? String(end) : undefined,
  };
}

/** Letters' case aside; a final asterisk matches what follows. */
function matches(job: Job, values: readonly string[]): boolean {
  const name = job.submission.input.jobName.toLowerCase();
  return values.some((value) => {
    const wanted = value.toLowerCase();
    return wanted.endsWith("*") ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
  });
}

function terminateJob({ jobId, reason }: TerminateJobCommandInput, { engine }: Context): unknown {
  if (!jobId || !reason) refuse("jobId and reason are required.");
  const job = engine.find(jobId);
  if (job !== undefined) engine.terminate(job, reason);
  return {};
}

function cancelJob({ jobId, reason }: CancelJobCommandInput, { engine }: Context): unknown {
  if (!jobId || !reason) refuse("jobId and reason are required.");
  const job = engine.find(jobId);
  if (job !== undefined) engine.cancel(job, reason);
  return {};
}

function describeJobQueues({ jobQueues }: DescribeJobQueuesCommandInput, { account }: Context): unknown {
  const wanted = account.queues.filter(
    (queue) =>
      jobQueues === undefined || findQueue([queue], jobQueues.find((name) => findQueue([queue], name)) ?? "") !== undefined,
  );
  return { jobQueues: wanted };
}

/** By name or ARN; one that is gone is left out. */
function describeComputeEnvironments(input: DescribeComputeEnvironmentsCommandInput, { account }: Context): unknown {
  const names = input.computeEnvironments;
  return {
    computeEnvironments: account.computeEnvironments.filter(
      ({ computeEnvironmentName = "", computeEnvironmentArn = "" }) =>
        names === undefined || names.includes(computeEnvironmentName) || names.includes(computeEnvironmentArn),
    ),
  };
}

function describeJobDefinitions(input: DescribeJobDefinitionsCommandInput, { account }: Context): unknown {
  const { jobDefinitionName, status, jobDefinitions } = input;
  if ((jobDefinitions?.length ?? 0) > 100) refuse("At most 100 job definitions.");
  const wanted = account.definitions
    .filter((one) => jobDefinitionName === undefined || one.jobDefinitionName === jobDefinitionName)
    .filter((one) => status === undefined || one.status === status)
    .filter((one) => jobDefinitions === undefined || jobDefinitions.some((name) => nameMatches(one, name)));
  return { jobDefinitions: wanted };
}

function nameMatches(
  definition: { jobDefinitionName: string; revision: number; jobDefinitionArn: string | undefined },
  name: string,
): boolean {
  const { jobDefinitionName, revision, jobDefinitionArn } = definition;
  return name === jobDefinitionArn || name === jobDefinitionName || name === `${jobDefinitionName}:${revision}`;
}
