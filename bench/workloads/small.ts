import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bench, WorkloadResult } from "../bench.ts";
import type { Contender } from "../contenders/contract.ts";
import { CLI, landingOf, ours } from "../contenders/ours.ts";
import { psqlArgv, psqlVersion, readerArgv } from "../contenders/raw-copy.ts";
import { mebibytes, megabytes, ratio, seconds } from "../report/format.ts";
import type { Section } from "../report/section.ts";
import { runRounds } from "../rounds.ts";
import { type Summary, summarise } from "../summary.ts";

const ROWS = 1000;
/** These runs are short, so that more of them are needed, and affordable. */
const ROUNDS_FACTOR = 4;

/** Most of 3,000 counties are small: what a run costs before the first row and after the last one. */
export async function smallWorkload(bench: Bench): Promise<WorkloadResult> {
  const { dsn, options, serverCpu, say } = bench;
  const table = bench.tables.find(({ name }) => name === "tx_parcel") ?? bench.tables[0]!;
  const query = `SELECT * FROM ${table.name} LIMIT ${ROWS}`;
  const defaults = { codec: "zstd1", threads: "auto", keys: true } as const;
  const contenders: Contender[] = [
    raw(dsn, query),
    ours(landingOf(table, dsn, query), defaults, "ours"),
    plain("ours-help", "pg-bronze extract --help", [CLI, "extract", "--help"]),
    plain("node", "Node starting and doing nothing: no Node program takes less", ["-e", "0"]),
  ];
  const folder = join(bench.folder, "small");
  mkdirSync(folder);
  const series = await runRounds(contenders, { rounds: options.rounds * ROUNDS_FACTOR, folder, serverCpu, say });
  const summaries = summarise(series, new Map());
  const cpuSeconds = (name: string): number | null => {
    const cpuMs = summaries.find((summary) => summary.name === name)?.clientCpuMs.median ?? null;
    return cpuMs === null ? null : cpuMs / 1000;
  };
  return {
    workload: "small",
    sections: [section(summaries, `1,000 rows of ${table.name}, from process start to published object`)],
    targets: [
      { what: "1,000 rows: client CPU, median", limit: 0.6, measured: cpuSeconds("ours"), unit: "s", judged: table.rows >= ROWS },
      { what: "extract --help: CPU, median", limit: 0.15, measured: cpuSeconds("ours-help"), unit: "s", judged: true },
    ],
    data: { table: table.name, rows: ROWS, summaries },
    ok: summaries.every(({ failure }) => failure === null) && summaries[1]?.rows === Math.min(ROWS, table.rows),
  };
}

function raw(dsn: string, query: string): Contender {
  const psql = psqlVersion();
  const argv = psql === null ? readerArgv(dsn, query) : psqlArgv(dsn, query);
  const about = `COPY BINARY of the same rows, thrown away by ${psql ?? "a Node process (there is no psql here)"}`;
  return { name: "raw-copy", kind: "raw", about, prepare: () => ({ command: { argv }, file: null }) };
}

function plain(name: string, about: string, args: readonly string[]): Contender {
  return { name, kind: "ours", about, prepare: () => ({ command: { argv: [process.execPath, ...args] }, file: null }) };
}

function section(summaries: readonly Summary[], title: string): Section {
  return {
    title,
    table: {
      header: ["median (minimum)", "wall s", "client CPU s", "server CPU s", "peak RSS MiB", "file MB", "wall to raw"],
      rows: summaries.map(({ name, wallMs, clientCpuMs, serverCpuMs, peakRssBytes, fileBytes, ratios }) => [
        name,
        `${seconds(wallMs.median)} (${seconds(wallMs.minimum)})`,
        `${seconds(clientCpuMs.median)} (${seconds(clientCpuMs.minimum)})`,
        seconds(serverCpuMs.median),
        ...[mebibytes(peakRssBytes), megabytes(fileBytes), ratio(ratios["raw-copy"]?.wall ?? null)],
      ]),
    },
    notes: summaries.map(({ name, about, failure }) => `${name}: ${about}${failure === null ? "" : `; FAILED: ${failure}`}`),
  };
}
