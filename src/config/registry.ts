import { z } from "zod";
import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import { findFile } from "./files.ts";
import { type Env, loadObjectConfig, loadYaml, shown } from "./load.ts";
import type { ObjectConfig } from "./object-config.ts";

const CADENCE = /^(cron\(\S+( \S+){5}\)|rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\))$/;
/** Batch allows no other characters in the names of queues and job definitions. Source: AWS Batch API reference. */
const BatchName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/, "may hold letters, digits, '_' and '-'");

export const RegistryEntrySchema = z.strictObject({
  config: z.string().min(1, "is empty").describe("Path of the object's config, from the folder that holds config/."),
  pattern: z.enum(["county_sharded", "single_table"]).describe("The extract_pattern of that config."),
  cadence: z
    .string()
    .regex(CADENCE, "is an EventBridge schedule: cron(0 6 1 * ? *) with six fields, or rate(7 days)")
    .describe("When a scheduled extract runs, as EventBridge writes it, in UTC: cron(0 6 1 * ? *) or rate(7 days)."),
  compose_service: z
    .string()
    .regex(/^[a-zA-Z0-9._-]+$/, "may hold letters, digits, '.', '_' and '-'")
    .describe("Service in docker-compose.yml."),
  batch_queue: BatchName.describe("AWS Batch job queue."),
  batch_job_definition: BatchName.describe("AWS Batch job definition."),
});

/** `config/registry.yaml`: which objects there are. */
export const RegistrySchema = z.strictObject({
  objects: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]*$/, "may hold lower-case letters, digits, '_' and '-'"), RegistryEntrySchema)
    .describe("One entry for each object, by name."),
});

export type RegistryEntry = z.infer<typeof RegistryEntrySchema>;
export type Registry = z.infer<typeof RegistrySchema>;

export interface ConfiguredObject {
  readonly config: ObjectConfig;
  /** The file that the config was read from, as a person would type it. */
  readonly file: string;
  /** Null for a config outside the registry. */
  readonly entry: RegistryEntry | null;
}

/** Reads `config/registry.yaml` of the working directory, else the shipped one. @throws BronzeError CONFIG_INVALID. */
export async function loadRegistry(env: Env, cwd?: string): Promise<Registry> {
  return loadYaml(findFile("config/registry.yaml", cwd), RegistrySchema, env);
}

/**
 * The config of an object that the registry knows.
 * @throws BronzeError OBJECT_UNKNOWN for any other name, CONFIG_INVALID when a file is wrong or the two disagree.
 */
export async function loadObject(name: string, env: Env, cwd?: string): Promise<ConfiguredObject> {
  const { objects } = await loadRegistry(env, cwd);
  const entry = Object.hasOwn(objects, name) ? objects[name] : undefined;
  if (entry === undefined) throw unknownObject(name, Object.keys(objects));
  const path = findFile(entry.config, cwd);
  const config = await loadObjectConfig(path, env);
  const file = shown(path);
  mustAgree("object", config.object, name, file);
  mustAgree("extract_pattern", config.extract_pattern, entry.pattern, file);
  return { config, file, entry };
}

function mustAgree(key: string, found: string, expected: string, file: string): void {
  if (found === expected) return;
  throw new BronzeError("CONFIG_INVALID", `${file} says ${key}: ${found}, and config/registry.yaml says ${expected}`, {
    hint: "Correct the one that is wrong.",
    context: { file, key },
  });
}

function unknownObject(name: string, known: readonly string[]): BronzeError {
  const near = didYouMean(name, known);
  const list = `The registry has ${known.join(", ") || "no objects"}; --config FILE takes any other.`;
  return new BronzeError("OBJECT_UNKNOWN", `There is no object ${JSON.stringify(name)}`, {
    hint: near === null ? list : `${near} ${list}`,
    context: { object: name },
  });
}
