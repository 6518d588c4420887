import type { Parse } from "./values.ts";

/** One flag: the help, the environment and the README's reference are all made from these lines. */
export interface Flag<T> {
  readonly long: string;
  readonly short?: string;
  /** Another spelling of the same flag. */
  readonly alias?: string;
  /** What stands after it; null for a switch. */
  readonly value: string | null;
  /** What may stand behind a switch after `=`, and only so: `--json=compact`. */
  readonly form?: string;
  /** The variable that gives the value when the flag is not there. An empty variable counts as unset. */
  readonly env: string;
  /** Further variables that give it, where that one is not set: not ours, but of who runs the process. */
  readonly alsoEnv?: readonly string[];
  readonly group: "What to extract" | "Where to" | "How" | "Run" | "What to check" | "What to delete" | "Output";
  /** One line, for -h. */
  readonly help: string;
  /** The consequences and the dangers, for --help. */
  readonly details: string;
  readonly example: string;
  readonly parse: Parse<T>;
  /** May be given several times; the values add up. */
  readonly repeatable?: boolean;
}

/** Keeps the type of a flag's value. */
export const flag = <T>(spec: Flag<T>): Flag<T> => spec;
