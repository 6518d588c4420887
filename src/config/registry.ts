import { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import { findFile } from "./files.ts";
import { type Env, loadYaml } from "./load.ts";

const CADENCE = /^(cron\(\S+( \S+){5}\)|rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\))$/;
/** Batch allows no other characters in the names of queues and job definitions. Source: AWS Batch API reference. */
const BatchName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, "may hold letters, digits, '_' and '-'");

/** Which sizes there are is checked where jobs of that size are to run. */
const JobSizeSchema = z.strictObject({
  vcpu: z.number().positive().describe("vCPU of one job."),
  memory_mib: z.int().positive().describe("Memory of one job in MiB; AWS Fargate sells only some sizes with each vCPU."),
});

const ComputeSchema = z.strictObject({
  sizes: z
    .strictObject({
      small: JobSizeSchema.prefault({ vcpu: 0.5, memory_mib: 2048 }).describe("The job definition's own size."),
      medium: JobSizeSchema.prefault({ vcpu: 1, memory_mib: 2048 }).describe("For tables that take small too long."),
      large: JobSizeSchema.prefault({ vcpu: 2, memory_mib: 4096 }).describe("For the largest tables."),
    })
    .prefault({})
    .describe("Size classes: a run is one array of jobs for each."),
  medium_from_bytes: z
    .int()
    .positive()
    .default(512 * 2 ** 20)
    .describe("A table of this many bytes at the source, without its indexes, is no longer small."),
  large_from_bytes: z
    .int()
    .positive()
    .default(4 * 2 ** 30)
    .describe("A table of this many bytes at the source is large."),
  timeout_minutes: z
    .int()
    .min(1)
    .max(14 * 24 * 60)
    .default(120)
    .describe("An attempt of one job is ended after this time."),
  attempts: z.int().min(1).max(10).default(3).describe("How often a job is started in all."),
});

export const RegistryEntrySchema = z.strictObject({
  config: z.string().min(1, "is empty").describe("Path of the object's config, from the folder that holds config/."),
  cadence: z
    .string()
    .regex(CADENCE, "is an EventBridge schedule: cron(0 6 1 * ? *) with six fields, or rate(7 days)")
    .optional()
    .describe("When a scheduled extract runs, as EventBridge writes it, in UTC: cron(0 6 1 * ? *) or rate(7 days)."),
  compose_service: z
    .string()
    .regex(/^[a-zA-Z0-9._-]+$/, "may hold letters, digits, '.', '_' and '-'")
    .optional()
    .describe("Service in docker-compose.yml, for --engine docker."),
  batch_queue: BatchName.optional().describe("AWS Batch job queue, for submit-aws."),
  batch_job_definition: BatchName.optional().describe("AWS Batch job definition, for submit-aws."),
  default_selection: z
    .record(z.string(), z.array(z.string().min(1, "is empty")).min(1, "names nothing"))
    .optional()
    .describe(
      "What submit-local lands where nothing was chosen: columns of the lookup and their values, in quotes. Without it, it asks.",
    ),
  compute: ComputeSchema.prefault({}).describe("What a job on AWS Batch gets. The defaults suit parcels."),
});

/** `config/registry.yaml`: which objects there are. */
export const RegistrySchema = z.strictObject({
  default_object: z
    .string()
    .min(1, "is empty")
    .optional()
    .describe("The object that commands mean where none is named. An only object needs no such line."),
  objects: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]*$/, "may hold lower-case letters, digits, '_' and '-'"), RegistryEntrySchema)
    .describe("One entry for each object, by name."),
});

/** Size classes of `compute.sizes`, smallest first. */
export const SIZE_CLASSES = ["small", "medium", "large"] as const;
export type SizeClass = (typeof SIZE_CLASSES)[number];
export type RegistryEntry = z.infer<typeof RegistryEntrySchema>;
export type Registry = z.infer<typeof RegistrySchema>;

/** Reads `config/registry.yaml` of the working directory, else the shipped one. @throws BronzeError CONFIG_INVALID. */
export async function loadRegistry(env: Env, cwd?: string): Promise<Registry> {
  return loadYaml(findFile("config/registry.yaml", cwd), RegistrySchema, env);
}

/** What only some ways to run an object's jobs need. */
export type RunnerField = "compose_service" | "batch_queue" | "batch_job_definition";

/**
 * The value of a field that an entry may leave out.
 * @param neededBy who needs it, as the message names them: `AWS Batch`
 * @throws BronzeError CONFIG_INVALID when the entry has none
 */
export function requireField(object: string, entry: RegistryEntry, field: RunnerField, neededBy: string): string {
  const value = entry[field];
  if (value !== undefined) return value;
  throw new BronzeError("CONFIG_INVALID", `config/registry.yaml: objects.${object}.${field} is missing: ${neededBy} needs it`, {
    hint: `Add ${field} to the entry of ${object}, or land it on this machine: pg-bronze submit-local --object ${object}`,
    context: { object, key: field },
  });
}
