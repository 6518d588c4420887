import type { Vector } from "../model/vector.ts";
import { type ChunkOptions, ColumnChunkEncoder, type EncodedChunk } from "./column-chunk.ts";
import { PageMemory } from "./page-memory.ts";
import { PageStore } from "./page-store.ts";
import { type ParquetField, parquetSchema } from "./schema.ts";
import { shred } from "./shred.ts";
import { isLeaf } from "./values.ts";

/** What one field contributed to a row group. */
export interface EncodedField {
  /** One chunk per leaf, in schema order. */
  readonly chunks: EncodedChunk[];
  /** Rows in which the field itself is null. */
  readonly nullCount: number;
}

/** Encodes row groups of some or all fields of a table, batch by batch. It knows nothing of threads. */
export class RowGroupEncoder {
  readonly #fields: readonly ParquetField[];
  readonly #encoders: ColumnChunkEncoder[][];
  readonly #nullCounts: number[];
  readonly #store = new PageStore();
  #finished = false;

  constructor(fields: readonly ParquetField[], options: Omit<ChunkOptions, "store" | "memory">) {
    this.#fields = fields;
    const chunkOptions = { ...options, store: this.#store, memory: new PageMemory() };
    this.#encoders = fields.map((field) =>
      parquetSchema([field]).columns.map((column) => new ColumnChunkEncoder(column, chunkOptions)),
    );
    this.#nullCounts = fields.map(() => 0);
  }

  /** Appends `rows` rows of one field; every field is given the same rows between two calls of {@link finish}. */
  append(fieldIndex: number, vector: Vector, rows: number): void {
    if (this.#finished) this.#store.turn();
    this.#finished = false;
    const field = this.#fields[fieldIndex]!;
    const encoders = this.#encoders[fieldIndex]!;
    this.#nullCounts[fieldIndex]! += vector.nullCount;
    if (isLeaf(vector)) {
      encoders[0]!.append(vector, vector.slots - vector.nullCount, rows, rows, vector.validity, null);
      return;
    }
    shred(field, vector, rows).forEach((leaf, i) => {
      const values = leaf.vector.slots - leaf.vector.nullCount;
      encoders[i]!.append(leaf.vector, values, rows, leaf.levels, leaf.definition, leaf.repetition);
    });
  }

  /** The row group's chunks, field by field. Their pages are valid while one more row group is appended and finished. */
  finish(): EncodedField[] {
    this.#finished = true;
    return this.#encoders.map((encoders, i) => {
      const nullCount = this.#nullCounts[i]!;
      this.#nullCounts[i] = 0;
      return { chunks: encoders.map((encoder) => encoder.finish()), nullCount };
    });
  }
}
