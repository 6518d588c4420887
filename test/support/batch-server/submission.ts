import type { ComputeEnvironmentDetail, JobQueueDetail, SubmitJobCommandInput } from "@aws-sdk/client-batch";
import { refuse } from "./errors.ts";
import { checkFargateSize } from "./fargate.ts";
import type { Definition, Submission } from "./job.ts";
import { checkRetryStrategy } from "./retry.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const PAYLOAD_BYTES = 30 * 1024;

export interface Account {
  readonly queues: readonly JobQueueDetail[];
  readonly definitions: readonly Definition[];
  readonly computeEnvironments: readonly ComputeEnvironmentDetail[];
}

/** A name, `name:revision`, or an ARN of either. Without a revision, the newest that is active. */
export function findDefinition(definitions: readonly Definition[], reference: string): Definition | undefined {
  const [, name, revision] = /(?:.*\/)?([^/:]+)(?::(\d+))?$/.exec(reference) ?? [];
  return definitions
    .filter((one) => one.jobDefinitionName === name && one.status === "ACTIVE")
    .filter((one) => revision === undefined || one.revision === Number(revision))
    .toSorted((a, b) => b.revision - a.revision)[0];
}

export function findQueue(queues: readonly JobQueueDetail[], reference: string): JobQueueDetail | undefined {
  return queues.find((queue) => queue.jobQueueName === reference || queue.jobQueueArn === reference);
}

/** Refuses what Batch refuses. Sources: SubmitJob in the AWS Batch API reference; "AWS Batch service quotas" in the user guide. */
export function checkSubmission(input: SubmitJobCommandInput, bodyBytes: number, account: Account): Submission {
  if (bodyBytes > PAYLOAD_BYTES) refuse(`Job size must be less than 30 KiB, got ${Math.round(bodyBytes / 1024)} KiB`);
  const { jobName = "", containerOverrides = {} } = input;
  if (!NAME.test(jobName)) refuse("Job name should match valid pattern");
  const queue = findQueue(account.queues, input.jobQueue ?? "");
  if (queue === undefined) refuse(`JobQueue ${input.jobQueue} not found.`);
  if (queue.state !== "ENABLED" || queue.status !== "VALID") refuse("Cannot submit job to job queue in state DISABLED.");
  const definition = findDefinition(account.definitions, input.jobDefinition ?? "");
  if (definition === undefined) refuse(`JobDefinition does not exist: ${input.jobDefinition}`);
  const container = definition.containerProperties ?? {};
  const retryStrategy = input.retryStrategy ?? definition.retryStrategy ?? { attempts: 1 };
  checkRetryStrategy(retryStrategy);
  const overridden = containerOverrides.resourceRequirements ?? [];
  const requirements = (container.resourceRequirements ?? []).filter((one) => !overridden.some(({ type }) => type === one.type));
  const fixed = (container.environment ?? []).filter(
    (one) => !(containerOverrides.environment ?? []).some(({ name }) => name === one.name),
  );
  return {
    input: { ...input, jobName },
    queue: queue.jobQueueName!,
    definition,
    arraySize: arraySizeOf(input),
    environment: [...fixed, ...environmentOf(input)],
    command: containerOverrides.command ?? container.command ?? [],
    ...checkFargateSize([...requirements, ...overridden]),
    retryStrategy,
    timeoutSeconds: timeoutOf(input, definition),
    resources: resourcesOf(definition),
  };
}

function arraySizeOf({ arrayProperties }: SubmitJobCommandInput): number | null {
  if (arrayProperties === undefined) return null;
  const size = arrayProperties.size ?? 0;
  if (!Number.isInteger(size) || size < 2 || size > 10_000) refuse("Array size must be between 2 and 10000.");
  return size;
}

function environmentOf({ containerOverrides }: SubmitJobCommandInput): { name: string; value: string }[] {
  return (containerOverrides?.environment ?? []).map(({ name = "", value = "" }) => {
    if (name === "" || name.startsWith("AWS_BATCH")) refuse(`Environment variable name is not valid: ${JSON.stringify(name)}`);
    return { name, value };
  });
}

function timeoutOf(input: SubmitJobCommandInput, definition: Definition): number | null {
  const seconds = (input.timeout ?? definition.timeout)?.attemptDurationSeconds;
  if (seconds !== undefined && !(seconds >= 60)) refuse("attemptDurationSeconds must be at least 60.");
  return seconds ?? null;
}

function resourcesOf(definition: Definition): Record<string, number> {
  const list = definition.consumableResourceProperties?.consumableResourceList ?? [];
  return Object.fromEntries(list.map(({ consumableResource = "", quantity = 1 }) => [consumableResource, quantity]));
}
