import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Submission } from "../../ledger/submissions.ts";
import { BronzeError } from "../../model/errors.ts";
import type { BatchApi } from "./api.ts";
import { outcomeOf, toBatchError } from "./errors.ts";
import type { BatchJob } from "./input.ts";

/** Batch takes 50 SubmitJob a second; so many in flight come near it without bursts. Source: "AWS Batch service quotas". */
const SUBMITTED_AT_ONCE = 8;
/** A job may be listed a moment after it was made: a lost one is looked for so often before it is submitted again. */
const LOOKS = 2;
/** A job this much older than its submission is another one's, however the clocks differ. */
const CLOCK_SKEW_MS = 10 * 60_000;

export interface SubmitOptions {
  readonly signal: AbortSignal;
  /** When the submission was written to the ledger. */
  readonly submittedAt: Date;
  /** What the names of all its jobs begin with. */
  readonly prefix: string;
  /** Before the second try; doubles, with jitter, up to 20 s. Default 500. */
  readonly backoffMs?: number;
}

type Handle = Submission["handles"][number];

/** Submits the jobs that Batch doesn't have yet. Doing so again changes nothing. @returns a handle for each, in their order. */
export async function submitJobs(api: BatchApi, jobs: readonly BatchJob[], options: SubmitOptions): Promise<Handle[]> {
  const known = await findJobs(api, jobs[0]?.input.jobQueue ?? "", options);
  const limit = pLimit(SUBMITTED_AT_ONCE);
  const submitted = jobs.map(async ({ sizeClass, firstJob, input }): Promise<Handle> => {
    const name = input.jobName;
    const id = known.get(name) ?? (await limit(() => submitJob(api, input, options)));
    return { size_class: sizeClass, name, id, first_job: firstJob };
  });
  try {
    return await Promise.all(submitted);
  } catch (error) {
    limit.clearQueue();
    throw error;
  }
}

/** Name → id of the jobs of this submission that Batch has, finished ones included. */
export async function findJobs(
  api: BatchApi,
  queue: string,
  { prefix, submittedAt, signal }: Pick<SubmitOptions, "prefix" | "submittedAt"> & { readonly signal?: AbortSignal },
): Promise<Map<string, string>> {
  const jobs = await api.jobsNamed(queue, prefix, signal);
  const since = submittedAt.getTime() - CLOCK_SKEW_MS;
  // Newest first, so the oldest of a name comes last and wins: it is the one that began.
  return new Map(
    jobs.flatMap(({ jobName, jobId, createdAt = 0 }) =>
      createdAt >= since && jobName && jobId ? [[jobName, jobId] as const] : [],
    ),
  );
}

/**
 * Only a refusal for too many calls is simply tried again. After any other failure that leaves open whether the job was made, Batch is
 * asked for it by name first.
 */
function submitJob(api: BatchApi, input: BatchJob["input"], options: SubmitOptions): Promise<string> {
  const { signal, backoffMs = 500 } = options;
  const what = `submit ${input.jobName}`;
  let looks = 0;
  const attempt = async (): Promise<string> => {
    if (looks > 0) {
      const found = (await findJobs(api, input.jobQueue, { ...options, prefix: input.jobName })).get(input.jobName);
      if (found !== undefined) return found;
      if (--looks > 0) throw new BronzeError("ENGINE_FAILED", `AWS Batch doesn't list ${input.jobName} yet`, { retryable: true });
    }
    try {
      return await api.submitJob(input, signal);
    } catch (error) {
      if (outcomeOf(error) === "unknown") looks = LOOKS;
      throw toBatchError(error, what);
    }
  };
  return pRetry(attempt, {
    retries: 10,
    minTimeout: backoffMs,
    maxTimeout: 20_000,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof BronzeError && error.retryable,
  });
}
