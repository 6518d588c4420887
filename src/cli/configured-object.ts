import { BronzeError } from "../model/errors.ts";
import { addDsn } from "../model/secrets.ts";
import { type ConfiguredObject, loadObject, loadObjectConfig } from "../patterns/load.ts";
import { parseLocation } from "../sink/location.ts";
import { namedObject } from "../tables/object.ts";
import type { FlagValues } from "./flags/flags.ts";

type ObjectFlags = Pick<FlagValues, "object" | "config" | "sink">;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * The object that `--config` or `--object` names. From here on nothing prints the password of its connection string.
 * @throws BronzeError OBJECT_UNKNOWN, CONFIG_INVALID, or USAGE when the two flags disagree.
 */
export async function configuredObject(flags: ObjectFlags, env: Env): Promise<ConfiguredObject> {
  const configured = await configOf(flags, env);
  addDsn(env[configured.config.source.dsn_env]);
  return configured;
}

async function configOf(flags: ObjectFlags, env: Env): Promise<ConfiguredObject> {
  if (flags.config === undefined && flags.object?.includes(".")) return tableObject(flags.object, flags.sink);
  if (flags.config === undefined) return loadObject(flags.object ?? null, env);
  const config = await loadObjectConfig(flags.config, env);
  if (flags.object !== undefined && flags.object !== config.object) {
    throw new BronzeError("USAGE", `${flags.config} is the config of ${config.object}, not of ${flags.object}`, {
      hint: "Leave out --object (and OBJECT), or name the object of the file.",
    });
  }
  return { config, file: flags.config, entry: null };
}

/** Objects of the registry have no dot in their names: this one is a table that was landed by its own. */
async function tableObject(object: string, sink: string | undefined): Promise<ConfiguredObject> {
  const [schema = "", ...rest] = object.split(".");
  if (sink === undefined) {
    throw new BronzeError("USAGE", `Nothing says where ${object} has landed`, {
      hint: "Say it with --to ./out or --to s3://bucket/prefix.",
    });
  }
  const config = namedObject({ schema, table: rest.join(".") }, parseLocation(sink).url);
  return { config, file: "the command line", entry: null };
}
