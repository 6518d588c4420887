import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Bench, isFullSize, targetVariant, type WorkloadResult } from "../bench.ts";
import { type Landing, landingOf, prepareOurs, type Variant } from "../contenders/ours.ts";
import { count, mebibytes, seconds } from "../report/format.ts";
import type { Target } from "../report/target.ts";
import { measure } from "../rounds.ts";

const TIMES = 10;
const LARGE_VALUE_BYTES = 200 << 20;
const LIMIT_BYTES = 256 << 20;

interface MemoryRun {
  readonly name: string;
  readonly expectedRows: number;
  readonly peakRssBytes: number | null;
  readonly wallMs: number | null;
  readonly failure: string | null;
}

/** Peak memory on one and on ten times the rows, and with one very large value. */
export async function memoryWorkload(bench: Bench): Promise<WorkloadResult> {
  const runs: MemoryRun[] = [];
  const targets: Target[] = [];
  for (const table of bench.tables) {
    const variant = targetVariant(table);
    const select = `SELECT * FROM ${table.name}`;
    const once = await run(bench, `${table.name}`, table.rows, landingOf(table, bench.dsn, select), variant);
    // A UNION ALL of scans streams; a join with a series would make the server keep the table.
    const tenfold = Array.from({ length: TIMES }, () => select).join(" UNION ALL ");
    const often = await run(
      bench,
      `${table.name}, ${TIMES} times`,
      table.rows * TIMES,
      landingOf(table, bench.dsn, tenfold),
      variant,
    );
    runs.push(once, often);
    const [before, after] = [once.peakRssBytes, often.peakRssBytes];
    const judged = isFullSize(table);
    targets.push(
      { what: `${table.name}, ${TIMES} times: peak RSS`, limit: mib(LIMIT_BYTES)!, measured: mib(after), unit: "MiB", judged },
      {
        what: `${table.name}: peak RSS on ${TIMES} times the rows to that on one`,
        limit: 1.05,
        measured: before === null || after === null ? null : after / before,
        unit: "",
        judged,
      },
    );
  }
  const large = await run(bench, "1,000 rows, one value of 200 MiB", 1000, largeValue(bench.dsn), {
    codec: "zstd1",
    threads: "auto",
    keys: false,
  });
  targets.push({
    what: "a 200 MiB value: peak RSS, 256 MiB and three times the value",
    limit: mib(LIMIT_BYTES + 3 * LARGE_VALUE_BYTES)!,
    measured: mib(large.peakRssBytes),
    unit: "MiB",
    judged: true,
  });
  runs.push(large);
  return {
    workload: "memory",
    sections: [section(runs)],
    targets,
    data: runs,
    ok: runs.every(({ failure }) => failure === null),
  };
}

async function run(bench: Bench, name: string, expectedRows: number, landing: Landing, variant: Variant): Promise<MemoryRun> {
  bench.say(`memory: ${name}`);
  const folder = join(bench.folder, "memory");
  mkdirSync(folder);
  try {
    const sample = await measure(prepareOurs(landing, variant, folder), null);
    if (typeof sample === "string") return { name, expectedRows, peakRssBytes: null, wallMs: null, failure: sample };
    const failure = sample.rows === expectedRows ? null : `${sample.rows} rows landed instead of ${expectedRows}`;
    return { name, expectedRows, peakRssBytes: sample.peakRssBytes, wallMs: sample.wallMs, failure };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One row in the middle of a thousand holds 400 times the same 512 KiB, which zstd 1 doesn't see as such. */
function largeValue(dsn: string): Landing {
  const block = "(SELECT string_agg(md5(k::text), '') FROM generate_series(1, 32768) k)";
  const value = `decode(repeat(${block}, ${LARGE_VALUE_BYTES / (512 << 10)}), 'hex')`;
  return {
    object: "large_value",
    query: `SELECT i AS id, CASE WHEN i = 500 THEN ${value} ELSE int4send(i) END AS body FROM generate_series(1, 1000) i`,
    dsn,
    keys: null,
    ewkbColumns: [],
    s3: null,
  };
}

function mib(bytes: number | null): number | null {
  return bytes === null ? null : bytes / (1 << 20);
}

function section(runs: readonly MemoryRun[]) {
  return {
    title: "Memory",
    table: {
      header: ["", "rows", "peak RSS MiB", "wall s"],
      rows: runs.map(({ name, expectedRows, peakRssBytes, wallMs }) => [
        name,
        count(expectedRows),
        mebibytes(peakRssBytes),
        seconds(wallMs),
      ]),
    },
    notes: runs.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: FAILED: ${failure}`])),
  };
}
