import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { type CompressionOptions, createCompressor } from "../../src/parquet/compression.ts";
import { ParquetFileWriter } from "../../src/parquet/file-writer.ts";
import { RowGroupEncoder } from "../../src/parquet/row-group.ts";
import { type ParquetField, parquetSchema } from "../../src/parquet/schema.ts";
import { toVector } from "./vectors.ts";

export interface TestFileOptions extends Partial<CompressionOptions> {
  readonly pageBytes?: number;
  /** Rows per call of the encoder, and of each row group. */
  readonly batchRows?: number;
  readonly rowGroupRows?: number;
  readonly metadata?: readonly (readonly [string, string])[];
}

/** A Parquet file of JavaScript values, in memory, by the product's own encoder. */
export async function parquetFile(
  fields: readonly ParquetField[],
  rows: readonly (readonly unknown[])[],
  options: TestFileOptions = {},
): Promise<Buffer> {
  const {
    pageBytes = 1 << 20,
    batchRows = 2048,
    rowGroupRows = 1 << 20,
    metadata = [],
    compression = "zstd",
    compressionLevel = 1,
  } = options;
  const compressor = await createCompressor({ compression, compressionLevel });
  const encoder = new RowGroupEncoder(fields, { compressor, pageBytes });
  const chunks: Uint8Array[] = [];
  const write = async (chunk: Uint8Array) => void chunks.push(chunk.slice());
  const writer = new ParquetFileWriter({
    schema: parquetSchema(fields),
    compression,
    write,
    createdBy: "pg-bronze version 0.0.0",
  });
  await writer.start();
  for (let group = 0; group < rows.length; group += rowGroupRows) {
    const groupRows = rows.slice(group, group + rowGroupRows);
    for (let batch = 0; batch < groupRows.length; batch += batchRows) {
      const batchOf = groupRows.slice(batch, batch + batchRows);
      fields.forEach((field, i) => {
        encoder.append(
          i,
          toVector(
            field.type,
            batchOf.map((row) => row[i]),
          ),
          batchOf.length,
        );
      });
    }
    await writer.writeRowGroup(encoder.finish(), groupRows.length);
  }
  await writer.close(metadata);
  return Buffer.concat(chunks);
}

/** Runs SQL in DuckDB; `$file` in it stands for a Parquet file with these bytes. Values come back as JSON would show them. */
export async function duckdb(bytes: Uint8Array, sql: string): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), "pg-bronze-test-"));
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const file = join(folder, "file.parquet");
    await writeFile(file, bytes);
    const reader = await connection.runAndReadAll(sql.replaceAll("$file", `'${file}'`));
    return reader.getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}
