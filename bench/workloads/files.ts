import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Bench, isFullSize, targetVariant, type WorkloadResult } from "../bench.ts";
import { landingOf, prepareOurs } from "../contenders/ours.ts";
import { pyarrowRewrite } from "../contenders/peers.ts";
import { megabytes, ratio, seconds } from "../report/format.ts";
import type { Section } from "../report/section.ts";
import type { Target } from "../report/target.ts";
import { measure } from "../rounds.ts";
import { median, medianRatio, rotated } from "../statistics.ts";
import type { BenchTable } from "../tables.ts";
import { openDuckdb } from "../verify/actual.ts";

const CODECS = ["zstd1", "zstd3"] as const;

interface FileResult {
  readonly table: string;
  readonly codec: (typeof CODECS)[number];
  readonly oursBytes: number;
  /** Null when pyarrow is missing or failed. */
  readonly pyarrowBytes: number | null;
  readonly oursReadMs: number | null;
  readonly pyarrowReadMs: number | null;
  /** Median of the ratios of reading ours to reading pyarrow's, wall. */
  readonly readRatio: number | null;
  readonly failure: string | null;
}

/** Our file beside what pyarrow writes of the same rows at the same level: size, and how fast DuckDB reads all of it. */
export async function filesWorkload(bench: Bench): Promise<WorkloadResult> {
  const duckdb = await openDuckdb();
  // One thread: what is compared is work, not how it is spread.
  await duckdb.run("SET threads = 1");
  const results: FileResult[] = [];
  const targets: Target[] = [];
  for (const table of bench.tables) {
    for (const codec of CODECS) {
      const result = await compare(bench, table, codec, duckdb);
      results.push(result);
      targets.push(...targetsOf(result, isFullSize(table)));
    }
  }
  duckdb.closeSync();
  return {
    workload: "files",
    sections: [section(results)],
    targets,
    data: results,
    ok: results.every(({ oursBytes }) => oursBytes > 0),
  };
}

async function compare(
  bench: Bench,
  table: BenchTable,
  codec: FileResult["codec"],
  duckdb: DuckDBConnection,
): Promise<FileResult> {
  bench.say(`files: ${table.name}, ${codec}`);
  const folder = join(bench.folder, "files");
  mkdirSync(folder);
  const none = { pyarrowBytes: null, oursReadMs: null, pyarrowReadMs: null, readRatio: null };
  try {
    const { command, file } = prepareOurs(landingOf(table, bench.dsn), { ...targetVariant(table), codec }, folder);
    const sample = await measure({ command, file }, null);
    if (typeof sample === "string") return { table: table.name, codec, oursBytes: 0, ...none, failure: sample };
    const common = { table: table.name, codec, oursBytes: sample.fileBytes! };
    const rewritten = join(folder, "pyarrow.parquet");
    const failure = pyarrowRewrite(bench.options.python, file!, rewritten, Number(codec.slice(4)));
    if (failure !== null) return { ...common, ...none, failure };
    const reads = await alternateReads(duckdb, [file!, rewritten], bench.options.rounds);
    const [mine, theirs] = reads as [number[], number[]];
    return {
      ...common,
      pyarrowBytes: statSync(rewritten).size,
      oursReadMs: median(mine),
      pyarrowReadMs: median(theirs),
      readRatio: medianRatio(mine, theirs),
      failure: null,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds by file and round. Every value of every column is decoded and hashed; a first round, not counted, warms the caches. */
async function alternateReads(duckdb: DuckDBConnection, files: readonly string[], rounds: number): Promise<number[][]> {
  const times: number[][] = files.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const index of rotated([...files.keys()], round)) {
      const started = performance.now();
      await duckdb.run(`SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet('${files[index]!.replaceAll("'", "''")}')`);
      if (round > 0) times[index]!.push(performance.now() - started);
    }
  }
  return times;
}

function targetsOf({ table, codec, oursBytes, pyarrowBytes, readRatio }: FileResult, judged: boolean): Target[] {
  const size = pyarrowBytes === null ? null : oursBytes / pyarrowBytes;
  return [
    { what: `${table}, ${codec}: file size to pyarrow's`, limit: 1.05, measured: size, unit: "", judged },
    {
      what: `${table}, ${codec}: DuckDB's reading time to that of pyarrow's file`,
      limit: 1,
      measured: readRatio,
      unit: "",
      judged,
    },
  ];
}

function section(results: readonly FileResult[]): Section {
  return {
    title: "Our file and pyarrow's",
    table: {
      header: ["", "our MB", "pyarrow's MB", "size", "read ours s", "read pyarrow's s", "reading"],
      rows: results.map(({ table, codec, oursBytes, pyarrowBytes, oursReadMs, pyarrowReadMs, readRatio }) => [
        `${table}, ${codec}`,
        ...[megabytes(oursBytes), megabytes(pyarrowBytes), ratio(pyarrowBytes === null ? null : oursBytes / pyarrowBytes)],
        ...[seconds(oursReadMs), seconds(pyarrowReadMs), ratio(readRatio)],
      ]),
    },
    notes: [
      "pyarrow reads our file and writes it again with its defaults, at the same ZSTD level; DuckDB, on one thread, decodes and hashes every value.",
      ...results.flatMap(({ table, codec, failure }) =>
        failure === null ? [] : [`${table}, ${codec}: not measured: ${failure}`],
      ),
    ],
  };
}
