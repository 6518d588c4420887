import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peakRssOfTree } from "./procfs.ts";

export interface Command {
  readonly argv: readonly string[];
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessRun {
  readonly exitCode: number | null;
  readonly wallMs: number;
  /** User and system time of the process, its threads, and its children, as the kernel summed them up at its end. */
  readonly cpuMs: number;
  /** Of the largest process of the tree; null without /proc. */
  readonly peakRssBytes: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** VmHWM is a high-water mark, so only what a process grows by in its last moments can be missed. */
const POLL_MS = 20;

/**
 * bash's `time` waits for the command and prints what wait4 told: exact, and to the millisecond. Node can't ask for its children's
 * times. The command's stderr is handed past it.
 */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>&3 3>&-; } 3>&2 2>"$0"';

/**
 * Runs a command as a whole process, start-up included. Its stdout is thrown away (/dev/null), unless asked for.
 * @throws Error when bash is missing
 */
export async function runMeasured(command: Command, options: { readonly keepStdout?: boolean } = {}): Promise<ProcessRun> {
  const folder = mkdtempSync(join(tmpdir(), "pg-bronze-time-"));
  const timesFile = join(folder, "times");
  try {
    const child = spawn("bash", ["-c", TIMED, timesFile, ...command.argv], {
      stdio: ["ignore", options.keepStdout === true ? "pipe" : "ignore", "pipe"],
      env: { ...process.env, ...command.env },
    });
    const stdout = textOf(child.stdout);
    const stderr = textOf(child.stderr);
    const closed = once(child, "close");
    let peakRssBytes: number | null = null;
    const poll = setInterval(() => {
      const peak = child.pid === undefined ? null : peakRssOfTree(child.pid);
      if (peak !== null) peakRssBytes = Math.max(peakRssBytes ?? 0, peak);
    }, POLL_MS);
    const [exitCode] = (await closed.finally(() => clearInterval(poll))) as [number | null];
    return { exitCode, ...parseTimes(readFileSync(timesFile, "utf8")), peakRssBytes, stdout: stdout(), stderr: stderr() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line that {@link TIMED} writes: wall, user and system seconds. bash itself may have said something before it. */
export function parseTimes(text: string): { wallMs: number; cpuMs: number } {
  const match = /^(\d+)[.,](\d{3}) (\d+)[.,](\d{3}) (\d+)[.,](\d{3})$/m.exec(text);
  if (match === null) throw new Error(`bash's time said: ${text.trim()}`);
  const ms = (group: number): number => Number(match[group]) * 1000 + Number(match[group + 1]);
  return { wallMs: ms(1), cpuMs: ms(3) + ms(5) };
}

function textOf(stream: NodeJS.ReadableStream | null): () => string {
  let text = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (piece: string) => {
    text += piece;
  });
  return () => text;
}
