import { BatchDecoder } from "../../src/columnar/batch-decoder.ts";
import type { BytesVector, Vector } from "../../src/model/vector.ts";
import type { ParquetColumn, ParquetField } from "../../src/parquet/schema.ts";
import { parquetSchema } from "../../src/parquet/schema.ts";
import { shred } from "../../src/parquet/shred.ts";
import { isLeaf, type LeafVector } from "../../src/parquet/values.ts";
import type { Capture } from "./capture.ts";

/** One batch of rows, decoded, in memory that lasts. */
export interface Batch {
  readonly vectors: readonly Vector[];
  readonly rows: number;
  readonly firstRow: number;
}

/** What the stages behind the decoder get. */
export function decodedBatches({ plan, slabs }: Capture): Batch[] {
  const decoder = new BatchDecoder(plan.columns, plan.fieldCount);
  const batches: Batch[] = [];
  for (const slab of slabs) {
    decoder.decode(slab, (vectors, rows, firstRow) => void batches.push({ vectors: vectors.map(kept), rows, firstRow }));
  }
  return batches;
}

/** A leaf column of the file, with its values batch by batch. */
export interface Leaf {
  readonly column: ParquetColumn;
  readonly vectors: readonly LeafVector[];
  /** Values that are not null. */
  readonly values: number;
}

export function leavesOf(fields: readonly ParquetField[], batches: readonly Batch[]): Leaf[] {
  return fields.flatMap((field, i) => {
    const { columns } = parquetSchema([field]);
    const byColumn: LeafVector[][] = columns.map(() => []);
    for (const { vectors, rows } of batches) {
      const vector = vectors[i]!;
      if (isLeaf(vector)) byColumn[0]!.push(vector);
      else shred(field, vector, rows).forEach((leaf, at) => void byColumn[at]!.push(leaf.vector));
    }
    return columns.map((column, at) => ({
      column,
      vectors: byColumn[at]!,
      values: byColumn[at]!.reduce((sum, v) => sum + valuesOf(v), 0),
    }));
  });
}

export function valuesOf({ slots, nullCount }: Vector): number {
  return slots - nullCount;
}

/** A copy: vectors are scratch of their decoder. */
function kept(vector: Vector): Vector {
  const values = valuesOf(vector);
  const validity = vector.validity?.slice(0, vector.slots) ?? null;
  switch (vector.kind) {
    case "bool":
      return { ...vector, validity, values: vector.values.slice(0, values) };
    case "word32":
      return { ...vector, validity, values: vector.values.slice(0, values) };
    case "word64":
      return { ...vector, validity, words: vector.words.slice(0, values * 2) };
    case "fixed":
      return { ...vector, validity, bytes: vector.bytes.slice(0, values * vector.width) };
    case "bytes":
      return keptBytes({ ...vector, validity }, values);
    case "list":
      return { ...vector, validity, offsets: vector.offsets.slice(0, values + 1), child: kept(vector.child) };
    case "struct":
      return { ...vector, validity, children: vector.children.map(kept) };
  }
}

/** Values that lie in a slab stay there, as in the product; those in a decoder's scratch are copied. */
function keptBytes(vector: BytesVector, values: number): BytesVector {
  const lengths = vector.lengths.slice(0, values);
  if (vector.source.buffer instanceof SharedArrayBuffer) return { ...vector, starts: vector.starts.slice(0, values), lengths };
  const starts = new Int32Array(values);
  // The slack that encoders may read past the last value.
  const source = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0) + 8);
  let at = 0;
  for (let i = 0; i < values; i++) {
    starts[i] = at;
    source.set(vector.source.subarray(vector.starts[i]!, vector.starts[i]! + lengths[i]!), at);
    at += lengths[i]!;
  }
  return { ...vector, source, starts, lengths };
}
