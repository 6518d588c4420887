import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { BronzeError } from "../model/errors.ts";

/**
 * An in-memory DuckDB as an independent reader: the file's statistics are what is being judged, so it must not answer from
 * them, and it must not reach for the network.
 */
export interface Duck {
  /** A folder for what DuckDB spills and for objects fetched to be read; removed by `close`. */
  readonly scratch: string;
  /** Runs `use` on a connection of its own. */
  withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** All rows of a small result; BIGINT as bigint. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** Ends the queries that run now with an error. */
  interrupt(): void;
  close(): Promise<void>;
}

export interface DuckOptions {
  /** What DuckDB may hold in memory before it spills. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** Parent of the scratch folder; the system's temporary folder by default. */
  readonly temporaryFolder?: string | undefined;
}

export async function openDuck(options: DuckOptions): Promise<Duck> {
  const scratch = await mkdtemp(join(options.temporaryFolder ?? tmpdir(), "pg-bronze-validate-"));
  let instance: DuckDBInstance;
  try {
    instance = await createInstance(scratch, options);
  } catch (cause) {
    await rm(scratch, { recursive: true, force: true });
    throw new BronzeError("CHECK_FAILED", "DuckDB, which reads the files back, could not be started", {
      hint: "Install the optional platform package of @duckdb/node-bindings for this machine.",
      cause,
    });
  }
  let broken: DuckDBInstance | null = null;
  const busy = new Set<DuckDBConnection>();
  const withConnection = async <T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    // After some of its own faults DuckDB answers nothing more: the next file gets another one.
    if (broken === instance) instance = await createInstance(scratch, options);
    const connection = await instance.connect();
    busy.add(connection);
    try {
      return await use(connection);
    } catch (error) {
      if (isFatal(error)) broken = instance;
      throw error;
    } finally {
      busy.delete(connection);
      connection.closeSync();
    }
  };
  return {
    scratch,
    withConnection,
    rows: (sql) => withConnection(async (connection) => (await connection.runAndReadAll(sql)).getRowsJS()),
    interrupt() {
      for (const connection of busy) connection.interrupt();
    },
    async close() {
      instance.closeSync();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function isFatal(error: unknown): boolean {
  return error instanceof Error && /^FATAL|has been invalidated/.test(error.message);
}

async function createInstance(scratch: string, options: DuckOptions): Promise<DuckDBInstance> {
  const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
  const instance = await Instance.create(":memory:", {
    threads: String(options.threads),
    memory_limit: `${Math.ceil(options.memoryBytes / (1 << 20))}MiB`,
    temp_directory: join(scratch, "spill"),
    preserve_insertion_order: "false",
    enable_external_file_cache: "false",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // Both would let min, max, counts and IS NULL be answered from the footer instead of the pages.
    disabled_optimizers: "statistics_propagation,filter_pushdown",
  });
  const connection = await instance.connect();
  // A setting of the Parquet extension, unknown before it is there: geometry stays the bytes that landed.
  await connection.run("SET GLOBAL enable_geoparquet_conversion = false");
  connection.closeSync();
  return instance;
}

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
