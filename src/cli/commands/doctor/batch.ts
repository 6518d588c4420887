import { connectBatch } from "../../../submit/batch/api.ts";
import type { BatchTarget } from "../../../submit/batch/input.ts";
import { checkDefinition, checkQueue } from "../../../submit/batch/preflight.ts";
import type { Doctor } from "./check.ts";

/** The registry's queue and job definition. */
export async function checkBatch(
  doctor: Doctor,
  target: BatchTarget,
  options: { readonly region: string | undefined; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<void> {
  const api = await doctor.check("AWS Batch", async () => {
    const value = await connectBatch(options);
    return { says: `in ${value.region}`, value };
  });
  if (api === null) return;
  try {
    await doctor.check("Batch queue", async () => {
      await checkQueue(api, target.batch_queue);
      return { says: `${target.batch_queue} takes jobs`, value: null };
    });
    await doctor.check("Batch job definition", async () => {
      await checkDefinition(api, target.batch_job_definition);
      return { says: `${target.batch_job_definition} is active`, value: null };
    });
  } finally {
    api.close();
  }
}
