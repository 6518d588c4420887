import { BronzeError } from "../model/errors.ts";
import { addDsn } from "../model/secrets.ts";
import { type ConfiguredObject, loadObject, loadObjectConfig } from "../patterns/load.ts";
import type { FlagValues } from "./flags/flags.ts";

const DEFAULT_OBJECT = "parcel";

type ObjectFlags = Pick<FlagValues, "object" | "config">;
type Env = Readonly<Record<string, string | undefined>>;

/**
 * The object that `--config` or `--object` names. From here on nothing prints the password of its connection string.
 * @throws BronzeError OBJECT_UNKNOWN, CONFIG_INVALID, or USAGE when the two flags disagree.
 */
export async function configuredObject(flags: ObjectFlags, env: Env): Promise<ConfiguredObject> {
  const configured = await namedObject(flags, env);
  addDsn(env[configured.config.source.dsn_env]);
  return configured;
}

async function namedObject(flags: ObjectFlags, env: Env): Promise<ConfiguredObject> {
  if (flags.config === undefined) return loadObject(flags.object ?? DEFAULT_OBJECT, env);
  const config = await loadObjectConfig(flags.config, env);
  if (flags.object !== undefined && flags.object !== config.object) {
    throw new BronzeError("USAGE", `${flags.config} is the config of ${config.object}, not of ${flags.object}`, {
      hint: "Leave out --object (and OBJECT), or name the object of the file.",
    });
  }
  return { config, file: flags.config, entry: null };
}
