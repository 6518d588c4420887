import type { JobQueueDetail } from "@aws-sdk/client-batch";
import { BronzeError } from "../../model/errors.ts";
import type { BatchApi } from "./api.ts";

/** @throws BronzeError ENGINE_INVALID */
export async function checkQueue(api: BatchApi, name: string): Promise<void> {
  const queue = await api.queue(name);
  if (queue === null) {
    throw invalid(`There is no Batch job queue ${name} in ${api.region}`, name, [
      "Name the queue that you have as batch_queue in config/registry.yaml, or deploy the object's template of infra/objects, or create it:",
      `aws batch create-job-queue --region ${api.region} --job-queue-name ${name} --priority 1`,
      "--compute-environment-order order=1,computeEnvironment=<yours>",
    ]);
  }
  if (queue.state !== "ENABLED") {
    throw invalid(`The Batch job queue ${name} is disabled`, name, [
      `aws batch update-job-queue --region ${api.region} --job-queue ${name} --state ENABLED`,
    ]);
  }
  await checkComputeEnvironments(api, name, queue);
  if (queue.status !== "VALID" && queue.status !== "UPDATING") {
    throw invalid(`The Batch job queue ${name} is ${queue.status}: ${queue.statusReason ?? "Batch gives no reason"}`, name, [
      "See what it is made of:",
      `aws batch describe-job-queues --region ${api.region} --job-queues ${name}`,
    ]);
  }
}

/** A queue takes jobs though nothing is there to run them: they would wait for ever. One environment that can is enough. */
async function checkComputeEnvironments(api: BatchApi, queueName: string, queue: JobQueueDetail): Promise<void> {
  const names = (queue.computeEnvironmentOrder ?? []).flatMap(({ computeEnvironment }) => computeEnvironment ?? []);
  const found = names.length === 0 ? [] : await api.computeEnvironments(names);
  if (found.some(({ state, status }) => state === "ENABLED" && (status === "VALID" || status === "UPDATING"))) return;
  const at = `--region ${api.region}`;
  const [environment] = found;
  if (environment === undefined) {
    throw invalid(`The Batch job queue ${queueName} has no compute environment that exists`, queueName, [
      "Give it one:",
      `aws batch update-job-queue ${at} --job-queue ${queueName} --compute-environment-order order=1,computeEnvironment=<yours>`,
    ]);
  }
  const { computeEnvironmentName: own = "", state, status, statusReason } = environment;
  const which = `The compute environment ${own} of the Batch job queue ${queueName}`;
  if (state !== "ENABLED") {
    throw invalid(`${which} is disabled: jobs would wait for ever`, own, [
      `aws batch update-compute-environment ${at} --compute-environment ${own} --state ENABLED`,
    ]);
  }
  throw invalid(`${which} is ${status}: ${statusReason ?? "Batch gives no reason"}`, own, [
    "Mend what it names (service role, subnets, security groups), then have it looked at again:",
    `aws batch update-compute-environment ${at} --compute-environment ${own} --state ENABLED`,
  ]);
}

/** @throws BronzeError ENGINE_INVALID */
export async function checkDefinition(api: BatchApi, name: string): Promise<void> {
  if ((await api.definition(name)) !== null) return;
  throw invalid(`There is no active Batch job definition ${name} in ${api.region}`, name, [
    "Deploy the object's template of infra/objects, or register it by hand, with aws batch register-job-definition: docs/deploy.md says how.",
  ]);
}

function invalid(message: string, name: string, hint: readonly string[]): BronzeError {
  return new BronzeError("ENGINE_INVALID", message, { hint: hint.join(" "), context: { name } });
}
