import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Job } from "./job.ts";
import type { AttemptEnd } from "./retry.ts";

/** One attempt of one job, as whoever runs it sees it. */
export interface Attempt {
  readonly job: Job;
  /** 1 for the first. */
  readonly attempt: number;
  /** The container's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The command of the job definition or its override. */
  readonly command: readonly string[];
  /** Aborted by TerminateJob, and when the attempt takes longer than its timeout. */
  readonly signal: AbortSignal;
}

export type RunAttempt = (attempt: Attempt) => Promise<AttemptEnd>;

export interface ProcessOptions {
  /** Stands for the image's entry point; the job definition's command follows. */
  readonly entryPoint: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Beside the job's own: what the job definition's secrets and role would give. */
  readonly env?: Readonly<Record<string, string>>;
  /** Between SIGTERM and SIGKILL. Fargate's default is 30 s. */
  readonly graceMs?: number;
  /** An existing folder for the processes' output: `<job>.<attempt>.log`. */
  readonly logFolder: string;
  /** SIGKILLs the process when the promise resolves; null lets it be. */
  readonly killWhen?: (attempt: Attempt) => Promise<void> | null;
}

/** Runs attempts as child processes, like containers: nothing of this process's environment gets in but PATH. */
export function processRunner(options: ProcessOptions): RunAttempt {
  return (attempt) => runProcess(attempt, options);
}

function runProcess(attempt: Attempt, options: ProcessOptions): Promise<AttemptEnd> {
  const [file, ...first] = options.entryPoint;
  const log = createWriteStream(join(options.logFolder, `${attempt.job.id.replace(":", "_")}.${attempt.attempt}.log`));
  const child = spawn(file, [...first, ...attempt.command], {
    cwd: options.cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...options.env, ...attempt.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  void options.killWhen?.(attempt)?.then(() => child.kill("SIGKILL"));
  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    child.kill("SIGTERM");
    timers.push(setTimeout(() => child.kill("SIGKILL"), options.graceMs ?? 30_000));
  };
  if (attempt.signal.aborted) stop();
  else attempt.signal.addEventListener("abort", stop, { once: true });
  return new Promise((resolve) => {
    const end = (ended: AttemptEnd): void => {
      for (const timer of timers) clearTimeout(timer);
      attempt.signal.removeEventListener("abort", stop);
      log.end(() => resolve(ended));
    };
    child.once("error", (error) =>
      end({ exitCode: null, reason: `CannotStartContainerError: ${error.message}`, statusReason: "Task failed to start" }),
    );
    child.once("close", (code, signal) => {
      const exitCode = code ?? (signal === "SIGKILL" ? 137 : 143);
      end({ exitCode, statusReason: "Essential container in task exited" });
    });
  });
}
