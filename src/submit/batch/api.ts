import type {
  BatchClient,
  ComputeEnvironmentDetail,
  JobDefinition,
  JobDetail,
  JobQueueDetail,
  JobSummary,
  SubmitJobCommandInput,
} from "@aws-sdk/client-batch";
import { toBatchError } from "./errors.ts";

/** Ids in one DescribeJobs. */
const DESCRIBED_AT_ONCE = 100;

/** What we ask of AWS Batch. Everything but `submitJob` is tried again by the SDK; errors come translated, but `submitJob`'s come raw. */
export interface BatchApi {
  readonly region: string;
  /** One request, never repeated or cut short: SubmitJob has no token by which Batch would know a repetition. @returns the job's id. */
  submitJob(input: SubmitJobCommandInput): Promise<string>;
  /** In any order; a job that Batch has forgotten is left out. */
  describeJobs(ids: readonly string[], signal?: AbortSignal): Promise<JobDetail[]>;
  /** Jobs of any state whose name begins so, newest first. */
  jobsNamed(queue: string, prefix: string, signal?: AbortSignal): Promise<JobSummary[]>;
  terminateJob(id: string, reason: string): Promise<void>;
  queue(name: string): Promise<JobQueueDetail | null>;
  /** By name or ARN; those that are gone are left out. */
  computeEnvironments(names: readonly string[]): Promise<ComputeEnvironmentDetail[]>;
  /** The newest active revision. */
  definition(name: string): Promise<JobDefinition | null>;
  close(): void;
}

export interface BatchApiOptions {
  /** Where neither AWS_REGION nor a profile names one. */
  readonly region?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Loads the AWS SDK. Credentials, region and endpoint (AWS_ENDPOINT_URL_BATCH) are found as the SDK finds them. */
export async function connectBatch({ region, env }: BatchApiOptions): Promise<BatchApi> {
  // Node 20 is supported here, by the lockfile's version of the SDK; its notice about later versions is not for the user.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const sdk = await import("@aws-sdk/client-batch");
  // A variable that is set to nothing says nothing.
  const known = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || (env["AWS_PROFILE"] ? undefined : region);
  const settings = {
    ...(known === undefined ? {} : { region: known }),
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 60_000 },
  };
  const asking = new sdk.BatchClient({ ...settings, maxAttempts: 6 });
  const submitting = new sdk.BatchClient({ ...settings, maxAttempts: 1 });
  return {
    region: await regionOf(asking),
    submitJob: async (input) => (await submitting.send(new sdk.SubmitJobCommand(input))).jobId ?? "",
    describeJobs: async (ids, signal) => {
      const found: JobDetail[] = [];
      for (let i = 0; i < ids.length; i += DESCRIBED_AT_ONCE) {
        const jobs = ids.slice(i, i + DESCRIBED_AT_ONCE);
        const page = translated("describe jobs", asking.send(new sdk.DescribeJobsCommand({ jobs }), signalOf(signal)));
        found.push(...((await page).jobs ?? []));
      }
      return found;
    },
    jobsNamed: async (queue, prefix, signal) => {
      const found: JobSummary[] = [];
      const filters = [{ name: "JOB_NAME", values: [`${prefix}*`] }];
      let nextToken: string | undefined;
      do {
        const command = new sdk.ListJobsCommand({ jobQueue: queue, filters, nextToken });
        const page = await translated("list jobs", asking.send(command, signalOf(signal)));
        found.push(...(page.jobSummaryList ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      return found;
    },
    terminateJob: async (jobId, reason) => {
      await translated(`terminate ${jobId}`, asking.send(new sdk.TerminateJobCommand({ jobId, reason })));
    },
    queue: async (name) => {
      const command = new sdk.DescribeJobQueuesCommand({ jobQueues: [name] });
      return (await translated(`describe the queue ${name}`, asking.send(command))).jobQueues?.[0] ?? null;
    },
    computeEnvironments: async (names) => {
      const command = new sdk.DescribeComputeEnvironmentsCommand({ computeEnvironments: [...names] });
      return (await translated("describe the queue's compute environments", asking.send(command))).computeEnvironments ?? [];
    },
    definition: async (name) => {
      const command = new sdk.DescribeJobDefinitionsCommand({ jobDefinitionName: name, status: "ACTIVE" });
      const { jobDefinitions = [] } = await translated(`describe the job definition ${name}`, asking.send(command));
      return jobDefinitions.toSorted((a, b) => (b.revision ?? 0) - (a.revision ?? 0))[0] ?? null;
    },
    close: () => {
      asking.destroy();
      submitting.destroy();
    },
  };
}

/** @throws BronzeError ENGINE_INVALID when nobody names a region. */
function regionOf(client: BatchClient): Promise<string> {
  return translated(
    "be reached",
    Promise.resolve().then(() => client.config.region()),
  );
}

function signalOf(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

async function translated<T>(operation: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toBatchError(error, operation);
  }
}
