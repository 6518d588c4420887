import { BronzeError } from "../model/errors.ts";
import type { Vector } from "../model/vector.ts";
import { type Decoder, type DecoderSpec, type Fields, type Remedy, Unrepresentable } from "../pgtypes/contract.ts";
import { createDecoder } from "../pgtypes/create.ts";
import { TupleIndex } from "./tuple-index.ts";

/** A column of the wire that is to be decoded. */
export interface WireColumn {
  readonly name: string;
  /** Position among the fields of a tuple. */
  readonly position: number;
  readonly spec: DecoderSpec;
  /** The column's `as` in the config, for the hint of a value that doesn't fit. */
  readonly as?: string | undefined;
}

/** Whole COPY tuples in their frames; `firstRow` numbers them through the whole extract, from 0. */
export interface WireRows {
  readonly bytes: Uint8Array;
  readonly byteLength: number;
  readonly firstRow: number;
}

/** Rows of COPY BINARY → vectors, some thousand rows at a time. */
export class BatchDecoder {
  readonly #columns: readonly WireColumn[];
  readonly #decoders: readonly Decoder[];
  readonly #index: TupleIndex;

  /** @param fieldCount fields in each tuple, of which `columns` are decoded */
  constructor(columns: readonly WireColumn[], fieldCount: number) {
    this.#columns = columns;
    this.#decoders = columns.map((column) => createDecoder(column.spec));
    this.#index = new TupleIndex(fieldCount);
  }

  get decoders(): readonly Decoder[] {
    return this.#decoders;
  }

  /**
   * Calls `each` for every batch, with one vector per column in the order given. Vectors are scratch: valid during the call.
   * @throws BronzeError UNREPRESENTABLE naming column and row; WIRE_CORRUPT
   */
  decode(wire: WireRows, each: (vectors: readonly Vector[], rows: number, firstRow: number) => void): void {
    const view = new DataView(wire.bytes.buffer, wire.bytes.byteOffset, wire.byteLength);
    const fields: Fields = { bytes: wire.bytes, view, starts: this.#index.starts, begin: 0, count: 0, nullCount: 0 };
    const vectors: Vector[] = new Array(this.#columns.length);
    let at = 0;
    let firstRow = wire.firstRow;
    while (at < wire.byteLength) {
      at = this.#index.next(view, at, wire.byteLength);
      const { rows } = this.#index;
      fields.count = rows;
      for (let i = 0; i < this.#columns.length; i++) {
        const column = this.#columns[i]!;
        fields.begin = this.#index.begin(column.position);
        fields.nullCount = this.#index.nullCounts[column.position]!;
        try {
          vectors[i] = this.#decoders[i]!.decode(fields);
        } catch (error) {
          throw located(error, column, firstRow);
        }
      }
      each(vectors, rows, firstRow);
      firstRow += rows;
    }
  }
}

function located(error: unknown, { name: column, as }: WireColumn, firstRow: number): unknown {
  if (error instanceof Unrepresentable) {
    const row = firstRow + error.slot + 1;
    return new BronzeError("UNREPRESENTABLE", `column "${column}", row ${row}: ${error.message}`, {
      context: { column, row },
      hint: hintOf(error.remedy, `columns.${column}`, as),
      cause: error,
    });
  }
  return error instanceof BronzeError ? error.within({ column }) : error;
}

function hintOf(remedy: Remedy, key: string, as: string | undefined): string {
  const policy = `set ${key}.unrepresentable to null${as === undefined ? " or text" : ""} in the config`;
  switch (remedy) {
    case "round":
      return `With ${key}.round: true the nearest float64 lands; or ${policy}.`;
    case "dimensions":
      return `If all arrays of the column have that many, say so with ${key}.dimensions; else ${policy}, or ${key}.as to json.`;
    case "policy":
      return `S${policy.slice(1)}, or ${as === undefined ? `give the column another type with ${key}.as` : `leave ${key}.as out`}.`;
  }
}
