import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Bench, isFullSize, targetVariant, type WorkloadResult } from "../bench.ts";
import type { Absent, Contender } from "../contenders/contract.ts";
import { landingOf, ours, variantName, variants } from "../contenders/ours.ts";
import { findPeers } from "../contenders/peers.ts";
import { psqlVersion, rawCopy, readerArgv } from "../contenders/raw-copy.ts";
import { selectContenders } from "../contenders/select.ts";
import { runMeasured } from "../measure/process.ts";
import type { Target } from "../report/target.ts";
import { runRounds, type Series } from "../rounds.ts";
import { summarise } from "../summary.ts";
import type { BenchTable } from "../tables.ts";
import { openDuckdb, type Verdict, verifyFile } from "../verify/actual.ts";
import { expectedSums } from "../verify/expected.ts";
import { extractSections } from "./extract-report.ts";
import type { TableResult } from "./table-result.ts";

/** Whole tables, read by everybody in turn. */
export async function extractWorkload(bench: Bench): Promise<WorkloadResult> {
  const results: TableResult[] = [];
  for (const table of bench.tables) results.push(await measureTable(bench, table));
  return {
    workload: "extract",
    sections: results.flatMap(extractSections),
    targets: results.flatMap((result, i) => targetsOf(result, bench.tables[i]!)),
    data: results,
    ok: results.every(isRight),
  };
}

async function measureTable(bench: Bench, table: BenchTable): Promise<TableResult> {
  const { say, serverCpu, options } = bench;
  const { chosen, absent } = contendersFor(bench, table);
  const wireBytes = await countWireBytes(bench, table);
  say(`${table.name}: ${table.rows} rows, ${wireBytes} bytes of COPY; ${chosen.map(({ name }) => name).join(", ")}`);
  const folder = join(bench.folder, table.name);
  mkdirSync(folder);
  try {
    const series = await runRounds(chosen, { rounds: options.rounds, folder, serverCpu, say });
    const verdicts = await verify(bench, table, series);
    return {
      ...{ table: table.name, rows: table.rows, columns: table.columns.length, madeHere: table.ours, wireBytes, absent },
      summaries: summarise(series, verdicts),
      differingFiles: await differingFiles(series),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function contendersFor({ dsn, options }: Bench, table: BenchTable): { chosen: readonly Contender[]; absent: readonly Absent[] } {
  const landing = landingOf(table, dsn);
  const mine = (full: boolean): Contender[] => variants(full).map((variant) => ours(landing, variant));
  const peers = findPeers(options.python, table, dsn);
  const raw = rawCopy(table, dsn);
  const all = [raw, ...mine(true), ...peers.present, ...peers.extra];
  const defaults = options.full ? all : [raw, ...mine(false), ...peers.present];
  const { chosen, unknown } = selectContenders(all, defaults, options.only);
  const misnamed = unknown.filter((name) => !peers.absent.some((peer) => peer.name === name));
  return {
    chosen,
    absent: [...peers.absent, ...misnamed.map((name) => ({ name, reason: "no contender begins with this name" }))],
  };
}

/** Also brings the table into the caches, so that the first to be measured isn't the one that waits for the disk. */
async function countWireBytes({ dsn }: Bench, table: BenchTable): Promise<number> {
  const { exitCode, stdout, stderr } = await runMeasured(
    { argv: readerArgv(dsn, `SELECT * FROM ${table.name}`) },
    { keepStdout: true },
  );
  if (exitCode !== 0) throw new Error(`COPY of ${table.name} failed: ${stderr.trim()}`);
  return Number(stdout);
}

/** After all rounds: summing up keeps all cores busy. */
async function verify(bench: Bench, table: BenchTable, series: readonly Series[]): Promise<Map<string, Verdict>> {
  bench.say(`${table.name}: comparing every column with the source's own sums`);
  const expected = await expectedSums(bench.client, table);
  const duckdb = await openDuckdb();
  const verdicts = new Map<string, Verdict>();
  for (const { contender, keptFile } of series) {
    if (keptFile !== null) verdicts.set(contender.name, await verifyFile(duckdb, keptFile, expected));
  }
  duckdb.closeSync();
  return verdicts;
}

/** The file's bytes may not depend on the number of threads. */
async function differingFiles(series: readonly Series[]): Promise<string[]> {
  const first = new Map<string, string>();
  const differing: string[] = [];
  for (const { contender, keptFile } of series) {
    if (contender.kind !== "ours" || keptFile === null) continue;
    const likes = contender.name.replace(/-(auto|t\d+)-/, "-");
    const hash = createHash("sha256");
    await pipeline(createReadStream(keptFile), hash);
    const digest = hash.digest("hex");
    if ((first.get(likes) ?? digest) !== digest) differing.push(contender.name);
    first.set(likes, first.get(likes) ?? digest);
  }
  return differing;
}

function isRight({ rows, summaries, differingFiles }: TableResult): boolean {
  const mine = summaries.filter(({ kind }) => kind === "ours");
  return (
    differingFiles.length === 0 &&
    mine.every(({ failure, verdict }) => failure === null && verdict?.rows === rows && verdict.differences.length === 0)
  );
}

function targetsOf(result: TableResult, table: BenchTable): Target[] {
  const own = result.summaries.find(({ name }) => name === variantName(targetVariant(table)));
  const [wallLimit, cpuLimit, perMillion] = table.name === "lineitem" ? [1.05, 0.75, 1.0] : [1.5, 0.65, 6.0];
  const client = own?.clientCpuMs.minimum ?? null;
  const judged = isFullSize(table) && own !== undefined;
  // The stand-in for psql is slower than the limit that the target speaks of.
  const rawJudged = judged && psqlVersion() !== null;
  const peak = own?.peakRssBytes ?? null;
  return [
    {
      what: `${table.name}: wall to raw COPY`,
      limit: wallLimit,
      measured: own?.ratios["raw-copy"]?.wall ?? null,
      unit: "",
      judged: rawJudged,
    },
    {
      what: `${table.name}: CPU client + server to DuckDB`,
      limit: cpuLimit,
      measured: own?.ratios["duckdb"]?.cpu ?? null,
      unit: "",
      judged,
    },
    {
      what: `${table.name}: client CPU for a million rows, minimum`,
      limit: perMillion,
      measured: client === null ? null : client / 1000 / (result.rows / 1e6),
      unit: "s",
      judged,
    },
    { what: `${table.name}: peak RSS`, limit: 256, measured: peak === null ? null : peak / (1 << 20), unit: "MiB", judged },
  ];
}
