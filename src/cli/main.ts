import { CommanderError } from "commander";
import { scrub } from "../model/secrets.ts";
import { VERSION } from "../model/version.ts";
import { extractSpec } from "./commands/extract/spec.ts";
import { submitAwsSpec } from "./commands/submit-aws/spec.ts";
import { submitLocalSpec } from "./commands/submit-local/spec.ts";
import { tuneNode20 } from "./node20.ts";
import { pgBronzeProgram, singleProgram, withoutLooseSwitches } from "./program.ts";
import { describeFailure } from "./render/failure.ts";
import { runCommand } from "./run-command.ts";

/** Commands that are programs of their own too. */
const PROGRAMS = { extract: extractSpec, "submit-local": submitLocalSpec, "submit-aws": submitAwsSpec };

/** A process whose work is done, but that some open handle keeps alive, is ended after this time. */
const LINGER_MS = 5_000;

/** The command line: parses, runs, and sets the exit code. `args` are what follows the program's name. */
export async function main(name: "pg-bronze" | keyof typeof PROGRAMS, args: readonly string[]): Promise<void> {
  tuneNode20();
  guardStreams();
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, dieOfBug);
  const options = {
    longHelp: args.includes("--help") || args[0] === "help",
    run: runCommand,
  };
  const program = name === "pg-bronze" ? pgBronzeProgram(options) : singleProgram(PROGRAMS[name], options);
  try {
    await program.parseAsync(withoutLooseSwitches(args), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) dieOfBug(error);
    // Help and version were asked for; everything else that commander throws is a mistake in the command line.
    else process.exitCode = error.exitCode === 0 ? 0 : 2;
  }
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** A reader that has seen enough (`| head`) is no failure of ours. */
function guardStreams(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

function dieOfBug(error: unknown): never {
  process.stderr.write(`${scrub(describeFailure(error, { debug: true, version: VERSION }))}\n`);
  process.exit(1);
}
