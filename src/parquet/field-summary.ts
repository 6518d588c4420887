import { type Bounds, mergeBounds } from "./bounds.ts";
import type { EncodedField } from "./row-group.ts";
import type { ParquetSchema } from "./schema.ts";

/** What is known of one field's values over the whole file. */
export interface FieldSummary {
  /** Rows in which the field itself is null. */
  readonly nulls: number;
  /** Null for a nested field, one without values, and one whose bounds some row group doesn't know. NaN is left out of them. */
  readonly bounds: Bounds | null;
}

/** Puts together what each row group's footer entry says of a field: no value is looked at again. */
export class FieldSummaries {
  readonly #schema: ParquetSchema;
  readonly #nulls: number[];
  readonly #bounds: (Bounds | null)[];
  readonly #unknown = new Set<number>();

  constructor(schema: ParquetSchema) {
    this.#schema = schema;
    this.#nulls = schema.elements.map(() => 0);
    this.#bounds = schema.elements.map(() => null);
  }

  /** @param fields one for each field of the schema, in its order */
  add(fields: readonly Pick<EncodedField, "chunks" | "nullCount">[]): void {
    const { columns, firstLeaf } = this.#schema;
    fields.forEach(({ chunks, nullCount }, i) => {
      this.#nulls[i]! += nullCount;
      const { path, order } = columns[firstLeaf[i]!]!;
      const { bounds, levels, nullCount: nullLevels } = chunks[0]!;
      if (path.length > 1 || levels === nullLevels) return;
      if (bounds === null) this.#unknown.add(i);
      else this.#bounds[i] = mergeBounds(order, this.#bounds[i]!, bounds);
    });
  }

  result(): FieldSummary[] {
    return this.#nulls.map((nulls, i) => ({ nulls, bounds: this.#unknown.has(i) ? null : this.#bounds[i]! }));
  }
}
