import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync } from "hyparquet";
import type { Contender, PreparedRun } from "./contenders/contract.ts";
import { runMeasured } from "./measure/process.ts";
import type { ServerCpu } from "./measure/server-cpu.ts";
import { rotated } from "./statistics.ts";

/** One run of one contender. */
export interface Sample {
  readonly wallMs: number;
  readonly clientCpuMs: number;
  /** Null when the server's processes can't be seen. */
  readonly serverCpuMs: number | null;
  readonly peakRssBytes: number | null;
  /** Null when no file is kept. */
  readonly fileBytes: number | null;
  readonly rows: number | null;
}

/** All runs of one contender. */
export interface Series {
  readonly contender: Contender;
  /** By round; null where it failed or was no longer tried. */
  readonly samples: (Sample | null)[];
  /** Why it failed the first time; it is not tried again. */
  failure: string | null;
  /** The first round's file, for verification; null when there is none. */
  keptFile: string | null;
}

export interface RoundOptions {
  readonly rounds: number;
  /** Gets a folder for each run; those of the first round stay. */
  readonly folder: string;
  readonly serverCpu: ServerCpu | null;
  readonly say: (line: string) => void;
}

/** A B C, B C A, C A B, …: everybody once in each round, and nobody always behind the same one. */
export async function runRounds(contenders: readonly Contender[], options: RoundOptions): Promise<Series[]> {
  const series: Series[] = contenders.map((contender) => ({ contender, samples: [], failure: null, keptFile: null }));
  for (let round = 0; round < options.rounds; round++) {
    for (const one of rotated(series, round)) {
      one.samples.push(one.failure === null ? await runOnce(one, round, options) : null);
    }
  }
  return series;
}

async function runOnce(series: Series, round: number, options: RoundOptions): Promise<Sample | null> {
  const { name } = series.contender;
  const folder = join(options.folder, `${name}-round${round + 1}`);
  mkdirSync(folder, { recursive: true });
  const prepared = series.contender.prepare(folder);
  const measured = await measure(prepared, options.serverCpu);
  if (typeof measured === "string") {
    series.failure = measured;
    options.say(`round ${round + 1}  ${name}  failed: ${measured}`);
  } else {
    const cpu = `CPU ${(measured.clientCpuMs / 1000).toFixed(2)} s`;
    options.say(`round ${round + 1}  ${name}  ${(measured.wallMs / 1000).toFixed(2)} s, ${cpu}`);
  }
  if (round === 0 && typeof measured !== "string") series.keptFile = prepared.file;
  else rmSync(folder, { recursive: true, force: true });
  return typeof measured === "string" ? null : measured;
}

/** @returns what was measured, or why the command failed */
export async function measure({ command, file }: PreparedRun, serverCpu: ServerCpu | null): Promise<Sample | string> {
  // What was written before must not be flushed to disk during this run.
  spawnSync("sync");
  const before = await serverCpu?.totalMs();
  const run = await runMeasured(command);
  const after = await serverCpu?.totalMs();
  if (run.exitCode !== 0) return lastLine(run.stderr) ?? `exit code ${run.exitCode}`;
  return {
    wallMs: run.wallMs,
    clientCpuMs: run.cpuMs,
    serverCpuMs: before === undefined || after === undefined ? null : after - before,
    peakRssBytes: run.peakRssBytes,
    fileBytes: file === null ? null : statSync(file).size,
    rows: file === null ? null : await rowsOf(file),
  };
}

function lastLine(stderr: string): string | null {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim() ?? null;
}

async function rowsOf(file: string): Promise<number> {
  return Number((await parquetMetadataAsync(await asyncBufferFromFile(file))).num_rows);
}
