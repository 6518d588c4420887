import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { JobOrder, JobReport } from "./worker.ts";

const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Pool {
  /** Runs a job. @param killAfterMs SIGKILLs its process after this time. @returns null when it was killed */
  run(order: JobOrder, signal: AbortSignal, killAfterMs: number | null): Promise<JobReport | null>;
  /** Processes that were started. */
  readonly started: number;
  close(): Promise<void>;
}

/** Processes that land jobs, one job at a time each; a new one for each that was killed. */
export function createPool(env: Readonly<Record<string, string>>): Pool {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let started = 0;

  function start(): ChildProcess {
    started++;
    const options = { cwd: ROOT, execArgv: ["--import", import.meta.resolve("tsx")], stdio: "inherit" as const };
    const worker = fork(WORKER, [], { ...options, env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...env } });
    all.add(worker);
    worker.once("exit", () => all.delete(worker));
    return worker;
  }

  return {
    get started() {
      return started;
    },
    run: async (order, signal, killAfterMs) => {
      const worker = idle.pop() ?? start();
      const over = new AbortController();
      const ended = Promise.race([
        once(worker, "message", over).then(([report]) => report as JobReport),
        once(worker, "exit", over).then(() => null),
      ]).finally(() => over.abort());
      const stop = () => worker.kill("SIGKILL");
      const timer = killAfterMs === null ? undefined : setTimeout(stop, killAfterMs);
      signal.addEventListener("abort", stop, { once: true });
      worker.send(order);
      const report = await ended;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      if (report !== null && !worker.killed) idle.push(worker);
      return worker.killed ? null : report;
    },
    close: async () => {
      await Promise.all(
        [...all].map((worker) => {
          const exited = once(worker, "exit");
          worker.kill("SIGKILL");
          return exited;
        }),
      );
    },
  };
}
