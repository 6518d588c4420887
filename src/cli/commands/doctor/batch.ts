import type { RegistryEntry } from "../../../config/registry.ts";
import type { Doctor } from "./check.ts";

/** The registry's queue and job definition. */
export async function checkBatch(
  doctor: Doctor,
  entry: RegistryEntry,
  options: { readonly region: string | undefined; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<void> {
  const { connectBatch } = await import("../../../submit/batch/api.ts");
  const { checkDefinition, checkQueue } = await import("../../../submit/batch/preflight.ts");
  const api = await doctor.check("AWS Batch", async () => {
    const value = await connectBatch(options);
    return { says: `in ${value.region}`, value };
  });
  if (api === null) return;
  try {
    await doctor.check("Batch queue", async () => {
      await checkQueue(api, entry.batch_queue);
      return { says: `${entry.batch_queue} takes jobs`, value: null };
    });
    await doctor.check("Batch job definition", async () => {
      await checkDefinition(api, entry.batch_job_definition);
      return { says: `${entry.batch_job_definition} is active`, value: null };
    });
  } finally {
    api.close();
  }
}
