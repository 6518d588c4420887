import { extract, landed, objectConfig } from "../support/extract.ts";

/**
 * A process of its own, so that its peak memory is that of one extract: lands one row, then the query's rows, and prints by how much
 * the peak rose. Arguments: DSN, sink, query, threads.
 */
const [dsn = "", sinkUrl = "", query = "", threads = "0"] = process.argv.slice(2);
const land = async (sql: string): Promise<number> => {
  const result = await extract(objectConfig({ source: { query: sql } }), dsn, sinkUrl, {
    overrides: { threads: Number(threads) },
  });
  return landed(result).bytes;
};
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

await land("SELECT 1 AS id, 'x'::text AS value, generate_series(1, 100000) AS more");
const base = peakBytes();
const bytes = await land(query);
process.stdout.write(JSON.stringify({ bytes, base, rise: peakBytes() - base }));
