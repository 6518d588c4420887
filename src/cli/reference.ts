import type { CommandSpec } from "./command.ts";
import type { Flag } from "./flags/flag.ts";
import { FLAGS, type FlagName } from "./flags/flags.ts";
import { COMMANDS } from "./program.ts";

/** Stand around the generated part of the README. */
export const REFERENCE_MARKERS = ["<!-- flags: npm run reference -->", "<!-- /flags -->"] as const;

/** Every flag of every command as Markdown tables: what the README shows. */
export function flagReference(): string {
  return COMMANDS.map(commandReference).join("\n\n");
}

function commandReference(spec: CommandSpec): string {
  const groups = [...new Set(spec.flags.map((name) => FLAGS[name].group))];
  const tables = groups.map((group) => groupReference(group, spec.flags));
  return [
    `### \`pg-bronze ${spec.name}\`${spec.argument === undefined ? "" : ` \`${spec.argument.name}\``}`,
    spec.description,
    ...tables,
  ].join("\n\n");
}

function groupReference(group: string, names: readonly FlagName[]): string {
  const rows = names.map((name): Flag<unknown> => FLAGS[name]).filter((flag) => flag.group === group);
  return [`| ${group} | variable | |`, "|---|---|---|", ...rows.map(row)].join("\n");
}

function row(flag: Flag<unknown>): string {
  const short = `${flag.short === undefined ? "" : `\`-${flag.short}\`, `}${flag.alias === undefined ? "" : `\`--${flag.alias}\`, `}`;
  const value = flag.value === null ? "" : ` ${flag.value}`;
  const help = `${flag.help.charAt(0).toUpperCase()}${flag.help.slice(1)}. ${flag.details}`;
  const variables = [flag.env, ...(flag.alsoEnv ?? [])].map((name) => `\`${name}\``).join(", ");
  return [`${short}\`--${flag.long}${value}\``, variables, help]
    .map((cell) => ` ${cell.replaceAll("|", "\\|")} `)
    .join("|")
    .replace(/^.*$/, "|$&|");
}

/** A README with the part between the markers made anew; null when it has no markers. */
export function withReference(readme: string): string | null {
  const [begin, end] = REFERENCE_MARKERS;
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return null;
  return `${readme.slice(0, from + begin.length)}\n\n${flagReference()}\n\n${readme.slice(to)}`;
}
