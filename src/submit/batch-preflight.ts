import { BronzeError } from "../model/errors.ts";
import type { BatchApi } from "./batch-api.ts";
import type { BatchTarget } from "./batch-input.ts";

/**
 * Queue and job definition are there and take jobs.
 * @throws BronzeError ENGINE_INVALID that says which is not, with the command that mends it; CREDENTIALS.
 */
export async function preflight(api: BatchApi, { batch_queue, batch_job_definition }: BatchTarget): Promise<void> {
  await checkQueue(api, batch_queue);
  await checkDefinition(api, batch_job_definition);
}

/** @throws BronzeError ENGINE_INVALID */
export async function checkQueue(api: BatchApi, name: string): Promise<void> {
  const queue = await api.queue(name);
  if (queue === null) {
    throw invalid(`There is no Batch job queue ${name} in ${api.region}`, name, [
      "Name the queue that you have as batch_queue in config/registry.yaml, or deploy infra/template.json, or create it:",
      `aws batch create-job-queue --region ${api.region} --job-queue-name ${name} --priority 1`,
      "--compute-environment-order order=1,computeEnvironment=<yours>",
    ]);
  }
  if (queue.state !== "ENABLED") {
    throw invalid(`The Batch job queue ${name} is disabled`, name, [
      `aws batch update-job-queue --region ${api.region} --job-queue ${name} --state ENABLED`,
    ]);
  }
  if (queue.status !== "VALID" && queue.status !== "UPDATING") {
    throw invalid(`The Batch job queue ${name} is ${queue.status}: ${queue.statusReason ?? "Batch gives no reason"}`, name, [
      "See what its compute environments say:",
      `aws batch describe-job-queues --region ${api.region} --job-queues ${name}`,
    ]);
  }
}

/** @throws BronzeError ENGINE_INVALID */
export async function checkDefinition(api: BatchApi, name: string): Promise<void> {
  if ((await api.definition(name)) !== null) return;
  throw invalid(`There is no active Batch job definition ${name} in ${api.region}`, name, [
    "Deploy infra/template.json, or fill in the object's file of infra/ and register it:",
    `aws batch register-job-definition --region ${api.region} --job-definition-name ${name} --cli-input-json file://infra/batch_job_definition.json`,
  ]);
}

function invalid(message: string, name: string, hint: readonly string[]): BronzeError {
  return new BronzeError("ENGINE_INVALID", message, { hint: hint.join(" "), context: { name } });
}
