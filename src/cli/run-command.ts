import { BronzeError } from "../model/errors.ts";
import { VERSION } from "../model/version.ts";
import type { CommandSpec, Talk } from "./command.ts";
import { loadEnvFiles } from "./flags/env-files.ts";
import type { FlagValues } from "./flags/flags.ts";
import { readFlags } from "./flags/read-flags.ts";
import { describeFailure, jsonError } from "./render/failure.ts";
import { scrubber } from "./render/scrub.ts";
import { openTalk } from "./render/talk.ts";
import { catchSignals } from "./signals.ts";

/** Runs one command from what was typed to the process's exit code, and prints what went wrong. Never throws. */
export async function runCommand(
  spec: CommandSpec,
  given: Readonly<Record<string, unknown>>,
  args: readonly string[],
): Promise<void> {
  let flags: FlagValues | null = null;
  let scrub = scrubber([]);
  let talk: Talk | null = null;
  const signals = catchSignals();
  try {
    await loadEnvFiles();
    const env = process.env;
    const read = readFlags(spec.flags, given, env);
    flags = read.flags;
    scrub = scrubber([flags.dsn, env["LINODE_DSN"], env["PGPASSWORD"]]);
    const format = flags.logFormat ?? (process.stderr.isTTY === true ? "text" : "json");
    talk = await openTalk({ format, level: flags.logLevel ?? "info", scrub });
    const action = await spec.load();
    const code = await action({ ...read, args, env, talk, signal: signals.signal, print: (text) => process.stdout.write(text) });
    talk.close();
    process.exitCode = code === 0 ? 0 : (signals.exitCode() ?? code);
  } catch (error) {
    talk?.close();
    printFailure(spec, error, { flags, talk, scrub });
    process.exitCode = signals.exitCode() ?? (error instanceof BronzeError ? error.exitCode : 1);
  } finally {
    signals.settle();
  }
}

interface Known {
  readonly flags: FlagValues | null;
  readonly talk: Talk | null;
  readonly scrub: (text: string) => string;
}

function printFailure(spec: CommandSpec, error: unknown, { flags, talk, scrub }: Known): void {
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
  if (flags?.json === true) {
    const document = { version: 1, command: spec.name, error: jsonError(error) };
    process.stdout.write(`${scrub(JSON.stringify(document, null, 2))}\n`);
  }
}
