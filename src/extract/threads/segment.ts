import { BatchDecoder, type WireColumn, type WireRows } from "../../columnar/batch-decoder.ts";
import { createKeyHasher, type KeyHasher, type KeyHasherSpec, type NullKey } from "../../hashkeys/hasher.ts";
import type { Vector } from "../../model/vector.ts";
import { type CompressionOptions, createCompressor } from "../../parquet/compression.ts";
import { GeoSummary, type GeoSummaryData } from "../../parquet/geo/summary.ts";
import { type EncodedField, RowGroupEncoder } from "../../parquet/row-group.ts";
import type { ParquetField } from "../../parquet/schema.ts";
import type { Nulled } from "../../pgtypes/contract.ts";

/**
 * A segment is the part of a table's columns that one thread decodes, hashes, encodes and compresses. With one thread it is the
 * whole table. Threads share the wire bytes and split the columns, not the rows: the file's bytes then don't depend on how many
 * there are, and memory doesn't grow with them.
 */
export interface SegmentPlan {
  /** Fields in each tuple of the wire. */
  readonly fieldCount: number;
  readonly columns: readonly WireColumn[];
  /** What is encoded: `columns` in order, then the hash keys. */
  readonly fields: readonly ParquetField[];
  /** Where each of `fields` stands in the file. */
  readonly filePositions: readonly number[];
  /** Key columns as indexes into `columns`; null when this segment makes no keys. */
  readonly hashKeys: KeyHasherSpec | null;
  readonly compression: CompressionOptions;
  readonly pageBytes: number;
}

/** What is known only after the last row. Plain data. */
export interface SegmentFacts {
  readonly geometries: { readonly column: string; readonly srid: number | null; readonly summary: GeoSummaryData }[];
  /** Columns of which the policy `null` made values null. */
  readonly nulled: readonly ({ readonly column: string } & Nulled)[];
  /** Key columns in which a null was met, under the policy that makes that an error. */
  readonly nullKeys: readonly NullKey[];
}

/** Thread-agnostic: runs in place, or in a worker to which slabs are handed. */
export interface SegmentEncoder {
  feed(rows: WireRows): void;
  finishRowGroup(): EncodedField[];
  facts(): SegmentFacts;
}

export async function createSegmentEncoder(plan: SegmentPlan): Promise<SegmentEncoder> {
  const compressor = await createCompressor(plan.compression);
  const decoder = new BatchDecoder(plan.columns, plan.fieldCount);
  const encoder = new RowGroupEncoder(plan.fields, { compressor, pageBytes: plan.pageBytes });
  const hasher: KeyHasher | null = plan.hashKeys === null ? null : createKeyHasher(plan.hashKeys);
  const summaries = plan.fields.map((field) => (field.type.type === "wkb" ? new GeoSummary() : null));

  const encodeBatch = (vectors: readonly Vector[], rows: number, firstRow: number): void => {
    for (let i = 0; i < vectors.length; i++) {
      const vector = vectors[i]!;
      encoder.append(i, vector, rows);
      if (vector.kind === "bytes") summaries[i]?.add(vector);
    }
    if (hasher === null) return;
    hasher.hash(vectors, rows, firstRow).forEach((keys, i) => {
      encoder.append(vectors.length + i, keys, rows);
    });
  };

  return {
    feed: (rows) => decoder.decode(rows, encodeBatch),
    finishRowGroup: () => encoder.finish(),
    facts: () => ({
      geometries: plan.columns.flatMap((column, i) => {
        const summary = summaries[i];
        if (summary === null || summary === undefined) return [];
        return [{ column: column.name, srid: decoder.decoders[i]!.srid ?? null, summary: summary.result() }];
      }),
      nulled: plan.columns.flatMap(({ name }, i) => {
        const nulled = decoder.decoders[i]!.nulled();
        return nulled.values === 0 ? [] : [{ column: name, ...nulled }];
      }),
      nullKeys: hasher?.nullKeys() ?? [],
    }),
  };
}
