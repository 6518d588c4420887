import type { RunAttempt } from "./attempt.ts";
import { createJob, type Job, record, type Submission, TERMINAL } from "./job.ts";
import { overridesProblem } from "./overrides.ts";
import type { AttemptEnd } from "./retry.ts";
import { retries } from "./retry.ts";

export interface EngineOptions {
  readonly run: RunAttempt;
  /** From STARTING to RUNNING. Default 0. */
  readonly startMs?: number;
  /** From TerminateJob's answer to its effect: what waits may start meanwhile. Default 0. */
  readonly terminateMs?: number;
  /** What the compute environment has. */
  readonly maxVcpus: number;
  /** Consumable resource → its units. One that isn't here is unlimited. */
  readonly resources: Readonly<Record<string, number>>;
  /** Length of a second of `attemptDurationSeconds`. */
  readonly secondMs: number;
}

export interface Engine {
  /** Parents and individual jobs, in the order of their submission. */
  readonly jobs: Job[];
  /** Most children that held vCPU at once, from STARTING to their end. */
  readonly mostAtOnce: number;
  /** Most units of each consumable resource that were held at once. */
  readonly mostHeld: Readonly<Record<string, number>>;
  /** While true nothing leaves RUNNABLE: no capacity, no address in the subnet. It says so nowhere, as Batch doesn't. */
  isStuck: boolean;
  submit(submission: Submission): Job;
  find(id: string): Job | undefined;
  /** Ends a job whatever its state; one of a parent ends all its children. */
  terminate(job: Job, reason: string): void;
  /** Ends what hasn't started. */
  cancel(job: Job, reason: string): void;
  /** Resolves when every job has ended. */
  idle(): Promise<void>;
}

/** Runs jobs first come, first served, as many at once as vCPU and consumable resources allow. */
export function createEngine(options: EngineOptions): Engine {
  const jobs: Job[] = [];
  const byId = new Map<string, Job>();
  const waiting: Job[] = [];
  const free = { vcpus: options.maxVcpus, resources: { ...options.resources } };
  const mostHeld = Object.fromEntries(Object.keys(options.resources).map((name) => [name, 0]));
  const pending = new Set<NodeJS.Timeout>();
  let idlers: (() => void)[] = [];
  let running = 0;
  let mostAtOnce = 0;
  let isStuck = false;

  /** @returns false when there isn't enough of something. */
  function take({ submission }: Job, sign: 1 | -1): boolean {
    const needs = Object.entries(submission.resources).filter(([name]) => free.resources[name] !== undefined);
    if (sign === 1 && (free.vcpus < submission.vcpus || needs.some(([name, units]) => free.resources[name]! < units)))
      return false;
    free.vcpus -= sign * submission.vcpus;
    for (const [name, units] of needs) {
      free.resources[name]! -= sign * units;
      mostHeld[name] = Math.max(mostHeld[name]!, options.resources[name]! - free.resources[name]!);
    }
    running += sign;
    mostAtOnce = Math.max(mostAtOnce, running);
    return true;
  }

  function pump(): void {
    for (let job = waiting[0]; job !== undefined; job = waiting[0]) {
      if (TERMINAL.has(job.status)) waiting.shift();
      else if (isStuck) return;
      else if (take(job, 1)) void runOnce(waiting.shift()!);
      else return;
    }
    if (running > 0 || pending.size > 0) return;
    for (const wake of idlers) wake();
    idlers = [];
  }

  async function runOnce(job: Job): Promise<void> {
    const abort = new AbortController();
    job.stop = () => abort.abort();
    record(job, { status: "STARTING" });
    if (options.startMs) await new Promise((started) => setTimeout(started, options.startMs));
    const startedAt = Date.now();
    const refused = overridesProblem(job, environmentOf(job));
    if (refused === null) record(job, { status: "RUNNING", startedAt: job.startedAt ?? startedAt });
    const { timeoutSeconds, command } = job.submission;
    let timedOut = false;
    const timer =
      timeoutSeconds === null
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            abort.abort();
          }, timeoutSeconds * options.secondMs);
    const attempt = { job, attempt: job.attempts.length + 1, environment: environmentOf(job), command, signal: abort.signal };
    const end = refused ?? (await options.run(attempt).catch((error): AttemptEnd => failedToRun(error)));
    clearTimeout(timer);
    job.stop = null;
    take(job, -1);
    settle(job, startedAt, timedOut ? { ...end, statusReason: "Job attempt duration exceeded timeout" } : end, timedOut);
    pump();
  }

  function settle(job: Job, startedAt: number, end: AttemptEnd, timedOut: boolean): void {
    const { exitCode, reason, statusReason } = end;
    const container = { ...(exitCode === null ? {} : { exitCode }), ...(reason === undefined ? {} : { reason }) };
    job.attempts.push({
      container: { ...container, logStreamName: logStream(job, job.attempts.length + 1) },
      startedAt,
      stoppedAt: Date.now(),
      statusReason,
    });
    const known = { exitCode: exitCode ?? undefined, statusReason: job.ended ?? statusReason };
    const again = exitCode !== 0 && job.ended === null && !timedOut;
    if (again && retries(job.submission.retryStrategy, job.attempts.length, end)) {
      record(job, { ...known, status: "RUNNABLE" });
      waiting.push(job);
    } else finish(job, exitCode === 0 && job.ended === null ? "SUCCEEDED" : "FAILED", known);
  }

  function finish(job: Job, status: "SUCCEEDED" | "FAILED", known: Partial<Pick<Job, "exitCode" | "statusReason">>): void {
    record(job, { ...known, status, stoppedAt: Date.now() });
    const { parent } = job;
    if (parent === null) return;
    parent.open--;
    if (parent.open > 0) return;
    const failed = parent.children.some((child) => child.status === "FAILED");
    finish(parent, failed ? "FAILED" : "SUCCEEDED", failed ? { statusReason: parent.ended ?? "Array Child Job failed" } : {});
  }

  function end(job: Job, reason: string, runningToo: boolean): void {
    if (TERMINAL.has(job.status)) return;
    const isRunning = job.status === "RUNNING" || job.status === "STARTING";
    if (isRunning && !runningToo) return;
    job.ended = reason;
    for (const child of job.children) end(child, reason, runningToo);
    if (job.children.length > 0) return;
    if (isRunning) job.stop?.();
    else finish(job, "FAILED", { statusReason: reason });
  }

  function later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      pending.delete(timer);
      work();
    }, ms);
    pending.add(timer);
  }

  return {
    jobs,
    get mostAtOnce() {
      return mostAtOnce;
    },
    mostHeld,
    get isStuck() {
      return isStuck;
    },
    set isStuck(stuck) {
      isStuck = stuck;
      setImmediate(pump);
    },
    find: (id) => byId.get(id),
    submit: (submission) => {
      const job = createJob(submission);
      jobs.push(job);
      for (const one of [job, ...job.children]) byId.set(one.id, one);
      const units = job.children.length > 0 ? job.children : [job];
      for (const unit of units) record(unit, { status: "RUNNABLE" });
      if (job.children.length > 0) record(job, { status: "PENDING" });
      waiting.push(...units);
      setImmediate(pump);
      return job;
    },
    terminate: (job, reason) => {
      later(options.terminateMs ?? 0, () => {
        end(job, reason, true);
        pump();
      });
    },
    cancel: (job, reason) => {
      end(job, reason, false);
      setImmediate(pump);
    },
    idle: async () => {
      while (running > 0 || waiting.length > 0 || pending.size > 0) await new Promise<void>((wake) => idlers.push(wake));
    },
  };
}

function failedToRun(error: unknown): AttemptEnd {
  return { exitCode: null, statusReason: String(error) };
}

/** Each attempt is a task of its own, and so has a stream of its own. */
export function logStream(job: Job, attempt: number): string {
  return `${job.submission.definition.jobDefinitionName}/default/${job.id.replace(":", "-")}-${attempt}`;
}

/** Source: "AWS Batch job environment variables" in the user guide. */
function environmentOf(job: Job): Record<string, string> {
  return {
    ...Object.fromEntries(job.submission.environment.map(({ name = "", value = "" }) => [name, value])),
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JOB_ATTEMPT: String(job.attempts.length + 1),
    AWS_BATCH_JQ_NAME: job.submission.queue,
    AWS_BATCH_CE_NAME: "test",
    ...(job.index === null
      ? {}
      : { AWS_BATCH_JOB_ARRAY_INDEX: String(job.index), AWS_BATCH_JOB_ARRAY_SIZE: String(job.submission.arraySize) }),
  };
}
