import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Handle } from "../../ledger/submissions.ts";
import { BronzeError } from "../../model/errors.ts";
import type { BatchApi } from "./api.ts";
import { outcomeOf, toBatchError } from "./errors.ts";
import type { BatchJob } from "./input.ts";

/** Batch takes 50 SubmitJob a second; so many in flight come near it without bursts. Source: "AWS Batch service quotas". */
const SUBMITTED_AT_ONCE = 8;
/** A job that was made is listed after this time at the latest: only then is a request whose answer was lost sent again. */
const LISTED_AFTER_MS = 60_000;
/** A job this much older than its submission is another one's, however the clocks differ. */
const CLOCK_SKEW_MS = 10 * 60_000;

export interface SubmitOptions {
  /** Ends the submitting; a request that was sent is waited for. */
  readonly signal: AbortSignal;
  /** When the submission was written to the ledger. */
  readonly submittedAt: Date;
  /** What the names of all its jobs begin with. */
  readonly prefix: string;
  /** Called for each further job as soon as its id is known. */
  made(handle: Handle): void;
  /** Before the second try; doubles, with jitter, up to 20 s. Default 500. */
  readonly backoffMs?: number;
  readonly listedAfterMs?: number;
}

/**
 * Submits the jobs that Batch doesn't have yet. Doing so again changes nothing.
 * @param known ids of jobs that were made before, by name
 * @throws BronzeError with `outcome: "unknown"` in its context where a job may have been made that `made` wasn't told of
 */
export async function submitJobs(
  api: BatchApi,
  jobs: readonly BatchJob[],
  known: ReadonlyMap<string, readonly string[]>,
  options: SubmitOptions,
): Promise<void> {
  const limit = pLimit(SUBMITTED_AT_ONCE);
  const open = new Set<string>();
  let hasFailed = false;
  const submitted = jobs.map((job) =>
    limit(async () => {
      const ids = known.get(job.input.jobName) ?? [];
      for (const id of ids) options.made(handleOf(job, id));
      if (hasFailed || ids.length > 0) return;
      try {
        options.made(handleOf(job, await submitJob(api, job.input, options, open)));
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }),
  );
  const failed = (await Promise.allSettled(submitted)).find((one) => one.status === "rejected");
  if (failed === undefined) return;
  const { reason } = failed;
  throw open.size > 0 && reason instanceof BronzeError ? reason.within({ outcome: "unknown" }) : reason;
}

function handleOf({ sizeClass, firstJob, input }: BatchJob, id: string): Handle {
  return { size_class: sizeClass, name: input.jobName, id, first_job: firstJob };
}

/** Name → ids of the jobs of this submission that Batch lists, finished ones included; one that was made twice has two, the older one first. */
export async function findJobs(
  api: BatchApi,
  queue: string,
  { prefix, submittedAt, signal }: Pick<SubmitOptions, "prefix" | "submittedAt"> & { readonly signal?: AbortSignal },
): Promise<Map<string, string[]>> {
  const jobs = await api.jobsNamed(queue, prefix, signal);
  const since = submittedAt.getTime() - CLOCK_SKEW_MS;
  const found = new Map<string, string[]>();
  for (const { jobName, jobId, createdAt = 0 } of jobs.toReversed()) {
    if (createdAt < since || !jobName || !jobId) continue;
    found.set(jobName, [...(found.get(jobName) ?? []), jobId]);
  }
  return found;
}

/**
 * Only a refusal for too many calls is simply tried again. After any other failure that leaves open whether the job was made, Batch is
 * asked for it by name, until it would list the job if there were one.
 * @param open names of jobs of which nobody knows whether they were made
 */
async function submitJob(api: BatchApi, input: BatchJob["input"], options: SubmitOptions, open: Set<string>): Promise<string> {
  const { signal, backoffMs = 500, listedAfterMs = LISTED_AFTER_MS } = options;
  const { jobName, jobQueue } = input;
  let sentAt = 0;
  const attempt = async (): Promise<string> => {
    signal.throwIfAborted();
    if (open.has(jobName)) {
      const [found] = (await findJobs(api, jobQueue, { ...options, prefix: jobName })).get(jobName) ?? [];
      if (found !== undefined) {
        open.delete(jobName);
        return found;
      }
      if (performance.now() - sentAt < listedAfterMs) {
        throw new BronzeError("ENGINE_FAILED", `AWS Batch doesn't list ${jobName} yet`, { retryable: true });
      }
    }
    try {
      const id = await api.submitJob(input);
      open.delete(jobName);
      return id;
    } catch (error) {
      if (outcomeOf(error) === "unknown") {
        open.add(jobName);
        sentAt = performance.now();
      }
      throw toBatchError(error, `submit ${jobName}`);
    }
  };
  let sent: Promise<string> | null = null;
  const tried = pRetry(
    () => {
      sent = attempt();
      return sent;
    },
    {
      retries: 12,
      minTimeout: backoffMs,
      maxTimeout: 20_000,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => error instanceof BronzeError && error.retryable,
    },
  );
  // p-retry ends with the signal, whatever is under way: a job that is made then must be known all the same.
  return tried.catch(async (error: unknown) => {
    if (!signal.aborted || sent === null) throw error;
    return sent.catch(() => {
      throw signal.reason;
    });
  });
}
