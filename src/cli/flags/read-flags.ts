import { BronzeError } from "../../model/errors.ts";
import type { Flag } from "./flag.ts";
import { FLAGS, type FlagName, type FlagValues } from "./flags.ts";

/** Flags that answer one question together: one of them on the command line makes the variables of all of them void. */
const ALTERNATIVES: readonly (readonly FlagName[])[] = [
  ["geoid", "table", "state", "all"],
  ["object", "config"],
];

export interface ReadFlags {
  readonly flags: FlagValues;
  /** Those that stood on the command line; the others come from their variables. */
  readonly typed: ReadonlySet<FlagName>;
}

/**
 * The values of a command's flags: what was typed, else the flag's variable where that isn't empty.
 * @throws BronzeError USAGE that names the flag or the variable.
 */
export function readFlags(
  names: readonly FlagName[],
  given: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): ReadFlags {
  const values: Partial<Record<FlagName, unknown>> = {};
  const typed = new Set(names.filter((name) => given[name] !== undefined));
  const isVoid = (name: FlagName): boolean =>
    ALTERNATIVES.some((flags) => flags.includes(name) && flags.some((other) => typed.has(other)));
  for (const name of names) {
    const flag: Flag<unknown> = FLAGS[name];
    const variable = [flag.env, ...(flag.alsoEnv ?? [])].find((one) => env[one]?.trim());
    if (typed.has(name)) values[name] = given[name] === true ? true : parse(flag, String(given[name]), `--${flag.long}`);
    else if (variable !== undefined && !isVoid(name)) values[name] = parse(flag, env[variable]!.trim(), variable);
  }
  return { flags: values as FlagValues, typed };
}

function parse(flag: Flag<unknown>, text: string, origin: string): unknown {
  try {
    return flag.parse(text);
  } catch (error) {
    if (!(error instanceof BronzeError)) throw error;
    throw new BronzeError(error.code, `${origin}: ${error.message}`, { hint: error.hint ?? `For example: ${flag.example}` });
  }
}
