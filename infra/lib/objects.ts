import type { Env } from "../../src/config/load.ts";
import type { ObjectConfig } from "../../src/config/object-config.ts";
import { loadRegistry, type RegistryEntry } from "../../src/config/registry.ts";
import { objectFolder } from "../../src/ledger/paths.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { patternOf } from "../../src/patterns/index.ts";
import { loadObject } from "../../src/patterns/load.ts";
import { type BatchTarget, batchTarget } from "../../src/submit/batch/input.ts";

/** What the infrastructure needs to know of one object of the registry. */
export interface InfraObject {
  readonly name: string;
  readonly entry: BatchTarget & { readonly cadence: string };
  /** A run is many jobs: one for each shard. */
  readonly isSharded: boolean;
  /** Bucket that the config names; a parameter of the stack may say otherwise. */
  readonly bucket: string;
  /** Keys that the object's jobs may touch begin with one of these: its data, its ledger. Each ends in `/`. */
  readonly prefixes: readonly string[];
  /** Variable that holds the connection string. */
  readonly dsnEnv: string;
  /** Connections to the source that one job holds. */
  readonly connections: number;
}

/**
 * All objects of `config/registry.yaml` that name a queue or a job definition, in its order.
 * @throws BronzeError CONFIG_INVALID, also where only one of the two is named; Error for a sink that isn't S3.
 */
export async function loadInfraObjects(env: Env, cwd?: string): Promise<readonly InfraObject[]> {
  const { objects } = await loadRegistry(env, cwd);
  const loaded: InfraObject[] = [];
  for (const [name, registered] of Object.entries(objects)) {
    if (registered.batch_queue === undefined && registered.batch_job_definition === undefined) continue;
    const { config } = await loadObject(name, env, cwd);
    loaded.push({
      name,
      entry: { ...batchTarget(name, registered), cadence: cadenceOf(name, registered) },
      isSharded: patternOf(config).isSharded,
      dsnEnv: config.source.dsn_env,
      connections: config.read.parallelism,
      ...bronzeOf(config),
    });
  }
  return loaded;
}

function cadenceOf(name: string, { cadence }: RegistryEntry): string {
  if (cadence !== undefined) return cadence;
  throw new BronzeError("CONFIG_INVALID", `${name} has a Batch queue and no cadence: its schedule needs one`, {
    hint: `Add cadence to objects.${name} in config/registry.yaml, such as rate(7 days).`,
  });
}

/** Bucket and prefixes of an object. @throws Error when its keys have no constant folder: its role would reach the whole bucket. */
export function bronzeOf(config: ObjectConfig): Pick<InfraObject, "bucket" | "prefixes"> {
  const { bucket, prefix } = sinkOf(config);
  const data = constantFolder(config);
  if (data === "") throw new Error(`${config.object}: sink.key has to begin with a folder that is the object's own`);
  return { bucket, prefixes: [`${prefix}${data}`, `${prefix}${objectFolder(config.object)}`] };
}

function sinkOf({ object, sink }: ObjectConfig): { bucket: string; prefix: string } {
  const url = sink.url ?? `s3://${sink.bucket}`;
  const match = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url);
  if (match === null) throw new Error(`${object}: AWS Batch lands in S3, not in ${url}`);
  const folder = match[2]!;
  return { bucket: match[1]!, prefix: folder === "" ? "" : `${folder}/` };
}

/** `linode/dataset=parcel/`: the folders of the key before the first placeholder that differs from shard to shard. */
function constantFolder({ object, source_system, dataset, sink }: ObjectConfig): string {
  const fixed: Readonly<Record<string, string>> = { object, source_system, dataset };
  const key = sink.key.replace(/\{(\w+)\}/g, (all, name: string) => fixed[name] ?? all);
  const constant = key.split("{", 1)[0]!;
  return constant.slice(0, constant.lastIndexOf("/") + 1);
}
