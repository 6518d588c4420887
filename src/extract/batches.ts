import type { RecordBatch } from "apache-arrow";
import { BatchDecoder } from "../columnar/batch-decoder.ts";
import { VERSION } from "../model/version.ts";
import type { ColumnOverride, Profile, UnrepresentablePolicy } from "../pgtypes/contract.ts";
import { resolveDsn } from "../source/dsn.ts";
import { createSlabPool } from "../source/slab-pool.ts";
import { openSource } from "../source/source.ts";
import { planTable } from "./table-plan/table-plan.ts";

export interface BatchOptions {
  /** Connection string; default: `LINODE_DSN` or the PG* variables of `env`. */
  readonly dsn?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly profile?: Profile;
  readonly unrepresentable?: UnrepresentablePolicy;
  readonly columns?: Readonly<Record<string, ColumnOverride>>;
  readonly transport?: "copy" | "cursor";
  readonly signal?: AbortSignal;
}

const SLAB_BYTES = 1 << 20;
const SLAB_COUNT = 2;

/**
 * Rows of a query as Arrow record batches of at most some thousand rows, read in one read-only snapshot. The server is asked for more
 * only as batches are taken: at most {@link SLAB_COUNT} MiB of rows wait, whatever the table's size. Leaving the loop ends the query.
 * Types are mapped as the extract maps them; no hash keys are added.
 *
 *     for await (const batch of extractBatches("SELECT * FROM public.verse")) console.log(batch.numRows);
 *
 * @throws BronzeError as the extract does: DSN_MISSING, SOURCE_…, QUERY_INVALID, COLUMN_MISSING, UNREPRESENTABLE, CANCELLED
 */
export async function* extractBatches(query: string, options: BatchOptions = {}): AsyncGenerator<RecordBatch, void, void> {
  const { profile = "lake", unrepresentable = "error", columns = {}, transport = "copy", env = process.env } = options;
  const { arrowSchema } = await import("../columnar/arrow-schema.ts");
  const { recordBatch } = await import("../columnar/arrow.ts");
  const source = await openSource({
    dsn: resolveDsn(env, "LINODE_DSN", options.dsn),
    applicationName: `pg-bronze/${VERSION} batches`,
    connectTimeoutMs: 15_000,
    statementTimeoutMs: 0,
    lockTimeoutMs: 30_000,
    idleInTransactionTimeoutMs: 600_000,
    signal: options.signal,
  });
  try {
    await source.beginSnapshot();
    const table = planTable(query, await source.describe(query), { columns: { ...columns }, unrepresentable }, profile);
    const schema = arrowSchema(table.fields);
    const decoder = new BatchDecoder(table.wireColumns, table.wireColumns.length);
    const pool = createSlabPool({ slabBytes: SLAB_BYTES, slabCount: SLAB_COUNT });
    let firstRow = 0;
    for await (const slab of source.read(table.select, pool, transport)) {
      const batches: RecordBatch[] = [];
      decoder.decode({ bytes: slab.bytes, byteLength: slab.byteLength, firstRow }, (vectors, rows) => {
        batches.push(recordBatch(schema, table.fields, vectors, rows));
      });
      firstRow += slab.rows;
      pool.release(slab);
      yield* batches;
    }
  } finally {
    await source.close();
  }
}
