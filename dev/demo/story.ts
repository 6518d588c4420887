import { type ChildProcess, spawn } from "node:child_process";
import { styleText } from "node:util";

/** Tells people what happens: numbered steps with their seconds, and the commands that they could type themselves. */
export interface Story {
  /** A numbered step; says how long it took, also when it fails. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  say(line?: string): void;
  /**
   * Shows a command as it would be typed, runs it, and passes on what it prints. On a terminal its progress is seen as it goes;
   * elsewhere its talk (stderr) is shown when it fails. Aborting the signal interrupts it and waits for its end.
   * @throws CommandFailed when it exits with anything but 0.
   */
  run(command: Command): Promise<void>;
}

export interface Command {
  /** As a person would type it. */
  readonly shown: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

export function tellStory(): Story {
  let steps = 0;
  return {
    async step(title, work) {
      steps += 1;
      console.log(`\n${bold(`${steps}. ${title}`)}`);
      const startedMs = performance.now();
      try {
        return await work();
      } finally {
        console.log(dim(`   ${seconds(performance.now() - startedMs)}`));
      }
    },
    say: (line = "") => console.log(line === "" ? "" : `   ${line}`),
    run: runCommand,
  };
}

async function runCommand({ shown, program, args, env, signal }: Command): Promise<void> {
  signal.throwIfAborted();
  console.log(`   ${bold("$")} ${shown}`);
  const isTerminal = process.stderr.isTTY === true;
  const child = spawn(program, args, {
    env: env ?? process.env,
    stdio: ["ignore", "pipe", isTerminal ? "inherit" : "pipe"],
    // A group of its own: Ctrl-C reaches it once, from here.
    detached: process.platform !== "win32",
  });
  const interrupt = () => void child.kill("SIGINT");
  signal.addEventListener("abort", interrupt, { once: true });
  let talk = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    talk = (talk + text).slice(-20_000);
  });
  try {
    const [code] = await Promise.all([exitCode(child), passOn(child)]);
    signal.throwIfAborted();
    if (code === 0) return;
    if (talk !== "") console.error(indent(talk.trimEnd()));
    throw new CommandFailed(`the command ended with exit code ${code}`);
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

function exitCode(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signalName) => resolve(code ?? signalName ?? "unknown"));
  });
}

/** Line by line, indented under the command. */
async function passOn(child: ChildProcess): Promise<void> {
  let rest = "";
  for await (const text of child.stdout!.setEncoding("utf8")) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) console.log(indent(line));
  }
  if (rest !== "") console.log(indent(rest));
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "     ");
}

export function bold(text: string): string {
  return isStyled() ? styleText("bold", text) : text;
}

export function dim(text: string): string {
  return isStyled() ? styleText("dim", text) : text;
}

function isStyled(): boolean {
  return process.stdout.isTTY === true && !process.env["NO_COLOR"];
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}
