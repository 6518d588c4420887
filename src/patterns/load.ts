import { findFile } from "../config/files.ts";
import { type Env, loadYaml, shown } from "../config/load.ts";
import { type ObjectConfig, objectConfigSchema } from "../config/object-config.ts";
import { loadRegistry, type Registry, type RegistryEntry } from "../config/registry.ts";
import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import { ObjectConfigSchema, PATTERNS, type Patterns } from "./index.ts";

export interface ConfiguredObject {
  readonly config: ObjectConfig;
  /** The file that the config was read from, as a person would type it. */
  readonly file: string;
  /** Null for a config outside the registry. */
  readonly entry: RegistryEntry | null;
}

/**
 * Reads the config of one object.
 * @param patterns those that it may say as its extract_pattern
 * @throws BronzeError CONFIG_INVALID with every problem, one a line, as `file:line:column key: message`.
 */
export async function loadObjectConfig(file: string, env: Env, patterns: Patterns = PATTERNS): Promise<ObjectConfig> {
  return loadYaml(file, patterns === PATTERNS ? ObjectConfigSchema : objectConfigSchema(patterns), env);
}

/**
 * The config of an object that the registry knows; of its default object, or its only one, where the name is null.
 * @throws BronzeError OBJECT_UNKNOWN for any other name, USAGE where none is named and several are meant, CONFIG_INVALID when a file is
 * wrong or the two disagree.
 */
export async function loadObject(asked: string | null, env: Env, cwd?: string): Promise<ConfiguredObject> {
  const registry = await loadRegistry(env, cwd);
  const { objects } = registry;
  const name = asked ?? defaultObject(registry);
  const entry = Object.hasOwn(objects, name) ? objects[name] : undefined;
  if (entry === undefined) throw unknownObject(name, Object.keys(objects));
  const path = findFile(entry.config, cwd);
  const config = await loadObjectConfig(path, env);
  const file = shown(path);
  if (config.object === name) return { config, file, entry };
  throw new BronzeError("CONFIG_INVALID", `${file} says object: ${config.object}, and config/registry.yaml says ${name}`, {
    hint: "Correct the one that is wrong.",
    context: { file, key: "object" },
  });
}

function defaultObject({ objects, default_object }: Registry): string {
  const names = Object.keys(objects);
  const name = default_object ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined) return name;
  throw new BronzeError("USAGE", "Nothing says which object is meant", {
    hint: `Say it with --object: the registry has ${names.join(", ") || "none yet"}. default_object in config/registry.yaml says it for good.`,
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
