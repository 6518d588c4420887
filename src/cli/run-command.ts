import { BronzeError } from "../model/errors.ts";
import { addDsn, addSecret, scrub } from "../model/secrets.ts";
import { VERSION } from "../model/version.ts";
import { SUBMITTERS } from "../submit/index.ts";
import type { CommandResult, CommandSpec, Talk } from "./command.ts";
import { loadEnvFiles } from "./flags/env-files.ts";
import type { FlagValues } from "./flags/flags.ts";
import { readFlags } from "./flags/read-flags.ts";
import { describeFailure, jsonError } from "./render/failure.ts";
import { openTalk } from "./render/talk.ts";
import { catchSignals } from "./signals.ts";

/** Version of the documents that `--json` prints. Fields are only ever added within one version. */
const DOCUMENT_VERSION = 1;

/** Runs one command from what was typed to the process's exit code, and prints what it came to or what went wrong. Never throws. */
export async function runCommand(
  spec: CommandSpec,
  given: Readonly<Record<string, unknown>>,
  args: readonly string[],
): Promise<void> {
  let flags: FlagValues | null = null;
  let talk: Talk | null = null;
  const signals = catchSignals();
  try {
    await loadEnvFiles();
    const env = process.env;
    const read = readFlags(spec.flags, given, env);
    flags = read.flags;
    addDsn(flags.dsn);
    addSecret(env["PGPASSWORD"]);
    const format = flags.logFormat ?? (process.stderr.isTTY === true ? "text" : "json");
    talk = await openTalk({ format, level: flags.logLevel ?? "info" });
    const action = await spec.load();
    const printPart = flags.json === true ? () => {} : (text: string) => void process.stdout.write(scrub(text));
    const result = await action({ ...read, args, env, submitters: SUBMITTERS, talk, signal: signals.signal, printPart });
    talk.close();
    // Before printing: when the reader of stdout is gone, the process ends there, and with this code.
    process.exitCode = result.exitCode === 0 ? 0 : (signals.exitCode() ?? result.exitCode);
    await printResult(spec, result, flags.json === true);
  } catch (error) {
    talk?.close();
    const exitCode = error instanceof BronzeError ? error.exitCode : 1;
    process.exitCode = signals.exitCode() ?? exitCode;
    printFailure(spec, error, flags, talk);
  } finally {
    signals.settle();
  }
}

async function printResult(spec: CommandSpec, { exitCode, document, text }: CommandResult, isJson: boolean): Promise<void> {
  process.stdout.write(isJson ? documentText(spec, { exit_code: exitCode, ...document }) : scrub(await text()));
}

function documentText(spec: CommandSpec, document: object): string {
  const whole = { version: DOCUMENT_VERSION, command: spec.name, ...document };
  // Texts are scrubbed one by one: what is left is JSON, whatever a password looks like.
  return `${JSON.stringify(whole, (_name, value: unknown) => (typeof value === "string" ? scrub(value) : value), 2)}\n`;
}

function printFailure(spec: CommandSpec, error: unknown, flags: FlagValues | null, talk: Talk | null): void {
  const debug = flags?.debug ?? process.argv.includes("--debug");
  const described = describeFailure(error, { debug, version: VERSION });
  // Before the first event somebody waits for a sentence; after it, a machine reads line by line.
  if (talk?.format === "json" && talk.spoken) {
    const { message, context, ...rest } = jsonError(error);
    const isBug = !(error instanceof BronzeError);
    talk.say("error", isBug ? "bug" : "failed", message, {
      ...context,
      ...rest,
      ...(isBug || debug ? { stack: described } : {}),
    });
  } else {
    process.stderr.write(`${scrub(described)}\n`);
  }
  if (flags?.json === true) process.stdout.write(documentText(spec, { error: jsonError(error) }));
}
