import { Argument, Command, Option } from "commander";
import { VERSION } from "../model/version.ts";
import type { CommandSpec } from "./command.ts";
import { cancelSpec } from "./commands/cancel/spec.ts";
import { doctorSpec } from "./commands/doctor/spec.ts";
import { extractSpec } from "./commands/extract/spec.ts";
import { freshnessSpec } from "./commands/freshness/spec.ts";
import { gcSpec } from "./commands/gc/spec.ts";
import { initSpec } from "./commands/init/spec.ts";
import { logsSpec } from "./commands/logs/spec.ts";
import { planSpec } from "./commands/plan/spec.ts";
import { publishSpec } from "./commands/publish/spec.ts";
import { reportSpec } from "./commands/report/spec.ts";
import { retrySpec } from "./commands/retry/spec.ts";
import { runsSpec } from "./commands/runs/spec.ts";
import { statusSpec } from "./commands/status/spec.ts";
import { submitAwsSpec } from "./commands/submit-aws/spec.ts";
import { submitLocalSpec } from "./commands/submit-local/spec.ts";
import { validateSpec } from "./commands/validate/spec.ts";
import type { Flag } from "./flags/flag.ts";
import { FLAGS } from "./flags/flags.ts";

export const COMMANDS: readonly CommandSpec[] = [
  extractSpec,
  initSpec,
  planSpec,
  submitLocalSpec,
  submitAwsSpec,
  statusSpec,
  runsSpec,
  freshnessSpec,
  retrySpec,
  cancelSpec,
  publishSpec,
  logsSpec,
  doctorSpec,
  validateSpec,
  reportSpec,
  gcSpec,
];

export interface ProgramOptions {
  /** -h gives one line a flag; --help gives consequences, examples and variables too. */
  readonly longHelp: boolean;
  run(spec: CommandSpec, given: Readonly<Record<string, unknown>>, args: readonly string[]): Promise<void>;
}

/** `pg-bronze`, with all its commands. */
export function pgBronzeProgram(options: ProgramOptions): Command {
  const program = new Command("pg-bronze")
    .summary("land PostgreSQL tables in an S3 Bronze layer as Parquet")
    .description("Lands PostgreSQL tables in an S3 Bronze layer as Parquet: exactly, fast, in bounded memory.")
    .version(VERSION, "-V, --version", "print the version");
  common(program, options, "pg-bronze");
  for (const spec of COMMANDS) program.addCommand(describe(spec, `pg-bronze ${spec.name}`, options));
  program.addHelpText(
    "after",
    `\nExample:\n  pg-bronze extract --object parcel --geoid 48113 --sink file:///tmp/bronze\n\n${EXIT_CODES}`,
  );
  return program;
}

/** One command as a program of its own: the bin `extract` is `pg-bronze extract`. */
export function singleProgram(spec: CommandSpec, options: ProgramOptions): Command {
  return describe(spec, spec.name, options).version(VERSION, "-V, --version", "print the version");
}

const EXIT_CODES = `Exit codes:
  0  all well
  1  a shard or a check failed
  2  usage, config or set-up
  130, 143  stopped by Ctrl-C or SIGTERM; nothing half-written is left`;

function describe(spec: CommandSpec, fullName: string, options: ProgramOptions): Command {
  const command = new Command(spec.name);
  common(command, options, fullName).summary(spec.summary).description(spec.description);
  if (spec.argument !== undefined) command.addArgument(new Argument(spec.argument.name, spec.argument.help));
  for (const name of spec.flags) command.addOption(optionOf(FLAGS[name], options.longHelp));
  const examples = spec.examples.map(({ line, does }) => `  ${line}\n      ${does}`).join("\n");
  command.addHelpText("after", `\nExamples:\n${examples}\n\n${EXIT_CODES}`);
  command.action(async (...given: unknown[]) => {
    const args = spec.argument === undefined ? [] : [given[0]].flat().filter((arg) => typeof arg === "string");
    await options.run(spec, command.opts(), args);
  });
  return command;
}

function common(command: Command, options: ProgramOptions, fullName: string): Command {
  return command
    .helpOption("-h, --help", options.longHelp ? "show this help; -h is shorter" : "show this help; --help says more")
    .exitOverride()
    .showHelpAfterError(`Run ${fullName} --help for what there is.`);
}

/** Commander would take the next word for the value of a switch that may have one: `status --json RUN`. */
export function withoutLooseSwitches(args: readonly string[]): string[] {
  const switches = new Set(
    Object.values(FLAGS).flatMap((flag: Flag<unknown>) => (flag.form === undefined ? [] : `--${flag.long}`)),
  );
  return args.map((arg) => (switches.has(arg) ? `${arg}=true` : arg));
}

/** Environment variables are read apart from commander, because an empty one counts as unset here. */
function optionOf(flag: Flag<unknown>, long: boolean): Option {
  const others = [
    ...(flag.short === undefined ? [] : [`-${flag.short}`]),
    ...(flag.alias === undefined ? [] : [`--${flag.alias}`]),
  ];
  const value = flag.value ?? (flag.form === undefined ? null : `[${flag.form}]`);
  const names = `${[...others, `--${flag.long}`].join(", ")}${value === null ? "" : ` ${value}`}`;
  const help = long
    ? `${flag.help}\n${flag.details}\nExample: ${flag.example}\nVariable: ${[flag.env, ...(flag.alsoEnv ?? [])].join(", ")}`
    : flag.help;
  const option = new Option(names, help).helpGroup(`${flag.group}:`);
  if (flag.repeatable === true) {
    option.argParser((value: string, before: string | undefined) => (before === undefined ? value : `${before},${value}`));
  }
  return option;
}
