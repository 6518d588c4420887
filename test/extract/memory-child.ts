import { existsSync, readFileSync } from "node:fs";
import { extract, landed, objectConfig } from "../support/extract.ts";

/**
 * A process of its own, so that its peak memory is that of one extract: lands one row, then the query's rows, and prints by how much
 * the peak rose. Arguments: DSN, sink, query, threads, parallelism.
 */
const [dsn = "", sinkUrl = "", query = "", threads = "0", parallelism = "1"] = process.argv.slice(2);
const land = async (sql: string, over = 1): Promise<number> => {
  const result = await extract(objectConfig({ source: { query: sql } }), dsn, sinkUrl, {
    overrides: { threads: Number(threads), parallelism: over },
  });
  return landed(result).bytes;
};
/** Where the system tells this program's own peak, that one is taken: maxRSS begins with what the parent had when it started us. */
const STATUS = "/proc/self/status";
const peakBytes = (): number => {
  const own = existsSync(STATUS) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(STATUS, "utf8")) : null;
  return 1024 * (own === null ? process.resourceUsage().maxRSS : Number(own[1]));
};

await land("SELECT 1 AS id, 'x'::text AS value, generate_series(1, 100000) AS more");
const base = peakBytes();
const bytes = await land(query, Number(parallelism));
process.stdout.write(JSON.stringify({ bytes, base, rise: peakBytes() - base }));
