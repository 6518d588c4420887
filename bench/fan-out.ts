/**
 * `npm run bench:fan-out`: what a planned run of many small counties costs over the sum of its extracts. In each round the same counties
 * are landed one after the other by `extract --all`, without plan, claims or summary, and by `submit-local --jobs 1`, with them.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Client } from "pg";
import { ensureBuilt } from "./build.ts";
import { CLI } from "./contenders/ours.ts";
import { readConditions } from "./measure/conditions.ts";
import { runMeasured } from "./measure/process.ts";
import { openServer } from "./server.ts";
import { median, rotated } from "./statistics.ts";

/** A run may cost so much more than its extracts. */
const LIMIT = 0.15;

const CONFIG = `object: counties
extract_pattern: county_sharded
source_system: bench
dataset: counties
source:
  shards: SELECT * FROM public.bench_counties ORDER BY geoid
  table: public.{table_name}
hashkeys: { source: [geoid, ll_uuid] }
sink:
  bucket: not-used
  key: "dataset={dataset}/geoid={geoid}/snapshot_dt={extract_date}/{table_name}.parquet"
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`"${text}" is not a number of something`);
  return number;
}

async function makeCounties(client: Client, counties: number, rows: number): Promise<void> {
  await client.query("CREATE TABLE bench_counties (geoid text, table_name text, total_objects int)");
  for (let i = 0; i < counties; i++) {
    const geoid = String(48_001 + i);
    await client.query(
      `CREATE TABLE county_${geoid} AS SELECT '${geoid}' AS geoid, gen_random_uuid() AS ll_uuid, 'owner ' || i AS owner,
         (i * 1.25)::numeric(12,2) AS parval, now() AS updated_at FROM generate_series(1, ${rows}) i;
       INSERT INTO bench_counties VALUES ('${geoid}', 'county_${geoid}', ${rows})`,
    );
  }
}

/** Wall time of one command that lands all counties into a new folder. @throws Error when it fails. */
async function wallMs(folder: string, dsn: string, command: readonly string[]): Promise<number> {
  const sink = mkdtempSync(join(folder, "sink-"));
  const place = ["--config", join(folder, "counties.yaml"), "--sink", pathToFileURL(sink).href];
  const argv = [process.execPath, CLI, ...command, "--all", ...place, "--log-format", "json", "--log-level", "error"];
  const run = await runMeasured({ argv, env: { LINODE_DSN: dsn } });
  rmSync(sink, { recursive: true });
  if (run.exitCode !== 0) throw new Error(`${command[0]} exited with ${run.exitCode}: ${run.stderr.slice(-2000)}`);
  return run.wallMs;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      counties: { type: "string", default: "200" },
      rows: { type: "string", default: "100" },
      rounds: { type: "string", default: "3" },
    },
  });
  const [counties, rows, rounds] = [whole(values.counties), whole(values.rows), whole(values.rounds)];
  ensureBuilt(say);
  const folder = mkdtempSync(join(tmpdir(), "pg-bronze-fan-out-"));
  const server = await openServer(null);
  try {
    writeFileSync(join(folder, "counties.yaml"), CONFIG);
    await makeCounties(server.client, counties, rows);
    const conditions = await readConditions(server.client, server.about);
    const commands = [["extract"], ["submit-local", "--jobs", "1"]] as const;
    const overheads: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const wall = new Map<string, number>();
      for (const command of rotated(commands, round)) wall.set(command[0], await wallMs(folder, server.dsn, command));
      const [alone, run] = [wall.get("extract")!, wall.get("submit-local")!];
      overheads.push(run / alone - 1);
      say(`round ${round + 1}: extract --all ${alone} ms, submit-local --jobs 1 ${run} ms`);
    }
    const overhead = median(overheads)!;
    const figures = { counties, rows_each: rows, rounds, overhead_percent: Math.round(overhead * 1000) / 10 };
    process.stdout.write(`${JSON.stringify({ ...figures, limit_percent: LIMIT * 100, conditions }, null, 2)}\n`);
    return overhead <= LIMIT ? 0 : 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
