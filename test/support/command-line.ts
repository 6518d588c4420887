import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandLineOptions {
  readonly bin?: "pg-bronze" | "extract" | "submit-aws";
  /** The whole environment but PATH: nothing of the machine's own settings gets in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const SRC = new URL("../../src/cli/bin/", import.meta.url);
const TSX = import.meta.resolve("tsx");

export function start(args: readonly string[], options: CommandLineOptions = {}): ChildProcess {
  const bin = fileURLToPath(new URL(`${options.bin ?? "extract"}.ts`, SRC));
  return spawn(process.execPath, ["--import", TSX, bin, ...args], {
    cwd: options.cwd ?? fileURLToPath(new URL("../../", import.meta.url)),
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs the command line as a process of its own, to its end. */
export async function run(args: readonly string[], options: CommandLineOptions = {}): Promise<Outcome> {
  return outcomeOf(start(args, options));
}

export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { code: await code, stdout, stderr };
}
