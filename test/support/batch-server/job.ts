import { randomUUID } from "node:crypto";
import type {
  AttemptDetail,
  JobDefinition,
  JobStatus,
  KeyValuePair,
  RetryStrategy,
  SubmitJobCommandInput,
} from "@aws-sdk/client-batch";

export interface Definition extends JobDefinition {
  readonly jobDefinitionName: string;
  readonly revision: number;
}

/** What was submitted, after validation, with the definition's defaults in it. */
export interface Submission {
  readonly input: SubmitJobCommandInput & { jobName: string };
  readonly queue: string;
  readonly definition: Definition;
  /** Null for an individual job. */
  readonly arraySize: number | null;
  readonly environment: readonly KeyValuePair[];
  readonly command: readonly string[];
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly retryStrategy: RetryStrategy;
  readonly timeoutSeconds: number | null;
  /** Units that one child takes of each consumable resource. */
  readonly resources: Readonly<Record<string, number>>;
}

/** A job, a parent of an array, or a child of one. */
export interface Job {
  readonly id: string;
  readonly submission: Submission;
  readonly parent: Job | null;
  readonly index: number | null;
  readonly children: Job[];
  readonly createdAt: number;
  readonly attempts: AttemptDetail[];
  /** What DescribeJobs and ListJobs may still say of it: its states, the oldest first. */
  readonly history: { readonly at: number; readonly state: JobState }[];
  /** Children that haven't ended. */
  open: number;
  status: JobStatus;
  statusReason: string | undefined;
  exitCode: number | undefined;
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  /** Set by TerminateJob and CancelJob: it isn't tried again. */
  ended: string | null;
  stop: (() => void) | null;
}

/** What changes of a job. */
export type JobState = Pick<Job, "status" | "statusReason" | "exitCode" | "startedAt" | "stoppedAt"> & {
  readonly attempts: number;
};

/** Changes a job's state. */
export function record(job: Job, change: Partial<Omit<JobState, "attempts">>): void {
  Object.assign(job, change);
  const { status, statusReason, exitCode, startedAt, stoppedAt, attempts } = job;
  job.history.push({
    at: Date.now(),
    state: { status, statusReason, exitCode, startedAt, stoppedAt, attempts: attempts.length },
  });
}

/** A job as it was at an instant; null before it was made. */
export function stateAt(job: Job, at: number): JobState | null {
  return job.createdAt > at ? null : (job.history.findLast((one) => one.at <= at)?.state ?? job.history[0]!.state);
}

export const TERMINAL: ReadonlySet<JobStatus> = new Set<JobStatus>(["SUCCEEDED", "FAILED"]);

/** The jobs of one submission: an individual one, or a parent with its children. */
export function createJob(submission: Submission): Job {
  const id = randomUUID();
  const make = (parent: Job | null, index: number | null): Job => ({
    id: index === null ? id : `${id}:${index}`,
    submission,
    parent,
    index,
    children: [],
    createdAt: Date.now(),
    attempts: [],
    history: [],
    open: index === null ? (submission.arraySize ?? 0) : 0,
    status: "SUBMITTED",
    statusReason: undefined,
    exitCode: undefined,
    startedAt: undefined,
    stoppedAt: undefined,
    ended: null,
    stop: null,
  });
  const job = make(null, null);
  for (let index = 0; index < (submission.arraySize ?? 0); index++) job.children.push(make(job, index));
  return job;
}

/** The children of a parent by status at an instant; every status is there. */
export function statusSummary(parent: Job, at: number): Record<JobStatus, number> {
  const summary = { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0 };
  for (const child of parent.children) summary[stateAt(child, at)?.status ?? "SUBMITTED"]++;
  return summary;
}
