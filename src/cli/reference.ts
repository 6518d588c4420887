import type { CommandSpec } from "./command.ts";
import type { Flag } from "./flags/flag.ts";
import { FLAGS, type FlagName } from "./flags/flags.ts";
import { COMMANDS } from "./program.ts";

/** docs/reference.md: every command with its examples and the names of its flags, then every flag once. */
export function reference(): string {
  const used = new Set(COMMANDS.flatMap(({ flags }) => flags));
  const flags = (Object.keys(FLAGS) as FlagName[]).filter((name) => used.has(name)).map((name): Flag<unknown> => FLAGS[name]);
  const groups = [...new Set(flags.map(({ group }) => group))];
  return `# Commands and flags

Generated from the code by \`npm run reference\`. \`pg-bronze COMMAND --help\` says the same at a terminal, \`-h\` a line for each flag.

A flag wins over its variable, and an empty variable counts as unset. The command takes variables from \`.env.local\` and
\`dev/.env.local\` of the working directory too; what is set already stays.

${COMMANDS.map(commandReference).join("\n\n")}

## Flags

${groups.map((group) => groupReference(group, flags)).join("\n\n")}
`;
}

function commandReference({ name, argument, description, examples, flags }: CommandSpec): string {
  const lines = examples.map(({ line, does }) => `${line}\n    # ${does}`).join("\n");
  const names = flags.map((flag) => `\`--${FLAGS[flag].long}\``).join(", ");
  return [
    `## \`pg-bronze ${name}${argument === undefined ? "" : ` ${argument.name}`}\``,
    description,
    ...(argument === undefined ? [] : [`\`${argument.name}\`: ${argument.help}.`]),
    `\`\`\`sh\n${lines}\n\`\`\``,
    `Flags: ${names}.`,
  ].join("\n\n");
}

function groupReference(group: string, flags: readonly Flag<unknown>[]): string {
  const rows = flags.filter((flag) => flag.group === group).map(row);
  return [`### ${group}`, "", "| flag | variable | |", "|---|---|---|", ...rows].join("\n");
}

function row(flag: Flag<unknown>): string {
  const names = [
    ...(flag.short === undefined ? [] : [`-${flag.short}`]),
    ...(flag.alias === undefined ? [] : [`--${flag.alias}`]),
  ];
  const long = `--${flag.long}${flag.value === null ? "" : ` ${flag.value}`}`;
  const help = `${flag.help.charAt(0).toUpperCase()}${flag.help.slice(1)}. ${flag.details}`;
  const variables = [flag.env, ...(flag.alsoEnv ?? [])].map((name) => `\`${name}\``).join(", ");
  return [[...names, long].map((name) => `\`${name}\``).join(", "), variables, help]
    .map((cell) => ` ${cell.replaceAll("|", "\\|")} `)
    .join("|")
    .replace(/^.*$/, "|$&|");
}
