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
import { replaceFile, requireFolder } from "./replace-file.ts";
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
    if (flags.result !== undefined) await requireFolder("--result", flags.result);
    const action = await spec.load();
    const printPart = flags.json ? () => {} : (text: string) => void process.stdout.write(scrub(text));
    const result = await action({ ...read, args, env, submitters: SUBMITTERS, talk, signal: signals.signal, printPart });
    talk.close();
    // Before printing: when the reader of stdout is gone, the process ends there, and with this code.
    process.exitCode = result.exitCode === 0 ? 0 : (signals.exitCode() ?? result.exitCode);
    await printResult(spec, result, flags);
  } catch (error) {
    talk?.close();
    const exitCode = error instanceof BronzeError ? error.exitCode : 1;
    process.exitCode = signals.exitCode() ?? exitCode;
    await printFailure(spec, error, flags, talk);
  } finally {
    signals.settle();
  }
}

async function printResult(spec: CommandSpec, { exitCode, document, text }: CommandResult, flags: FlagValues): Promise<void> {
  const whole = { exit_code: exitCode, ...document };
  await keep(spec, whole, flags);
  process.stdout.write(flags.json ? documentText(spec, whole, flags.json) : scrub(await text()));
}

function documentText(spec: CommandSpec, document: object, form: FlagValues["json"]): string {
  const whole = { version: DOCUMENT_VERSION, command: spec.name, ...document };
  // Texts are scrubbed one by one: what is left is JSON, whatever a password looks like.
  const clean = (_name: string, value: unknown): unknown => (typeof value === "string" ? scrub(value) : value);
  return `${JSON.stringify(whole, clean, form === "compact" ? 0 : 2)}\n`;
}

/** Before anything is printed: a reader of stdout that is gone ends the process. */
async function keep(spec: CommandSpec, document: object, { result }: FlagValues): Promise<void> {
  if (result !== undefined) await replaceFile("--result", result, documentText(spec, document, true));
}

async function printFailure(spec: CommandSpec, error: unknown, flags: FlagValues | null, talk: Talk | null): Promise<void> {
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
  if (flags === null) return;
  const document = { exit_code: process.exitCode, error: jsonError(error) };
  // The failure may be that it can't be written.
  await keep(spec, document, flags).catch(() => {});
  if (flags.json) process.stdout.write(documentText(spec, document, flags.json));
}
