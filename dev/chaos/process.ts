import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { COMPILED_CLI } from "../command-line.ts";

/** What happened to a process, in milliseconds since the round began. */
export interface Deed {
  readonly atMs: number;
  readonly what: string;
}

/** How a process ended, and what it said. */
export interface Ending {
  readonly name: string;
  readonly args: readonly string[];
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly deeds: readonly Deed[];
  readonly stdout: string;
  readonly stderr: string;
}

/** One process of the command line, which may be stopped, resumed and killed. */
export interface Victim {
  readonly ended: Promise<Ending>;
  readonly isRunning: boolean;
  /** Stops it where it stands; after this time it goes on, or is killed. */
  freeze(forMs: number, then: "resume" | "kill"): void;
  kill(): void;
}

/** A stopped process would outlive this one for ever. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** @param startedAt by `performance.now()`, when the round began */
export function startVictim(
  name: string,
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
  startedAt: number,
): Victim {
  const bin = command === "extract" ? [join(dirname(COMPILED_CLI), "extract.js")] : [COMPILED_CLI, command];
  const child: ChildProcess = spawn(process.execPath, [...bin, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const deeds: Deed[] = [];
  const note = (what: string): void => void deeds.push({ atMs: performance.now() - startedAt, what });
  note("started");
  let frozen: NodeJS.Timeout | null = null;
  let isRunning = true;
  const resume = (): void => {
    frozen = null;
    if (isRunning && child.kill("SIGCONT")) note("SIGCONT");
  };
  const kill = (): void => {
    if (isRunning && child.kill("SIGKILL")) note("SIGKILL");
  };
  const ended = (async (): Promise<Ending> => {
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    const code = await closed;
    isRunning = false;
    running.delete(child);
    if (frozen !== null) clearTimeout(frozen);
    note(code === null ? `ended by ${child.signalCode}` : `exit ${code}`);
    return { name, args: [command, ...args], code, deeds, stdout, stderr };
  })();
  return {
    ended,
    get isRunning() {
      return isRunning;
    },
    freeze: (forMs, then) => {
      if (!isRunning || frozen !== null || !child.kill("SIGSTOP")) return;
      note(`SIGSTOP for ${Math.round(forMs)} ms`);
      frozen = setTimeout(then === "kill" ? kill : resume, forMs);
    },
    kill,
  };
}
