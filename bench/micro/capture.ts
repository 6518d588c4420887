import type { WireRows } from "../../src/columnar/batch-decoder.ts";
import { planTable } from "../../src/extract/table-plan/table-plan.ts";
import type { SegmentPlan } from "../../src/extract/threads/segment.ts";
import { splitTable } from "../../src/extract/threads/split.ts";
import { ObjectConfigSchema } from "../../src/patterns/index.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import { openSource } from "../../src/source/source.ts";
import { configDocument, landingOf } from "../contenders/ours.ts";
import type { BenchTable } from "../tables.ts";

/** A table's rows as they came over the wire, and the plan by which one thread would land them, with hash keys. */
export interface Capture {
  readonly plan: SegmentPlan;
  readonly slabs: readonly WireRows[];
  readonly rows: number;
  readonly wireBytes: number;
}

/** Reads the table's first rows by the product's own source, and keeps them. */
export async function capture(dsn: string, table: BenchTable, rows: number): Promise<Capture> {
  const landing = landingOf(table, dsn, `SELECT * FROM ${table.name} LIMIT ${rows}`);
  const config = ObjectConfigSchema.parse(configDocument(landing, true, { url: "file:///nowhere" }));
  const { source: options } = config;
  const source = await openSource({
    dsn: resolveDsn(process.env, options.dsn_env, dsn),
    applicationName: "pg-bronze bench",
    connectTimeoutMs: options.connect_timeout_ms,
    statementTimeoutMs: options.statement_timeout_ms,
    lockTimeoutMs: options.lock_timeout_ms,
    idleInTransactionTimeoutMs: options.idle_in_transaction_timeout_ms,
  });
  try {
    await source.beginSnapshot();
    const plan = planTable(landing.query, await source.describe(landing.query), config, "lake");
    // More slabs than the rows can fill, so that none is ever used again.
    const pool = createSlabPool({ slabBytes: 4 << 20, slabCount: 10_000 });
    const slabs: WireRows[] = [];
    let firstRow = 0;
    for await (const { bytes, byteLength, rows: count } of source.read(plan.select, pool, "copy")) {
      slabs.push({ bytes, byteLength, firstRow });
      firstRow += count;
    }
    const compression = { compression: "zstd", compressionLevel: 1 } as const;
    const [segment] = splitTable(
      plan,
      plan.wireColumns.map(() => 1),
      1,
      { compression, pageBytes: config.parquet.page_bytes },
    );
    return { plan: segment!, slabs, rows: firstRow, wireBytes: slabs.reduce((sum, slab) => sum + slab.byteLength, 0) };
  } finally {
    await source.close();
  }
}
