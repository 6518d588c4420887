/**
 * A column of one record batch, between the decoder of a PostgreSQL type and whoever writes it (Parquet pages, Arrow batches, hash keys).
 *
 * Vectors are *dense*: they hold values only for slots that are not null, because that is what a Parquet page holds, and a
 * sparse column then costs nothing per null but its validity byte. A slot is one position of the column: a row at the top
 * level, an element inside a list, a parent value inside a struct.
 *
 * Buffers are scratch space owned by the decoder that made the vector. They are valid until its next call, and only their
 * first `slots` (validity) or `slots - nullCount` (values) entries mean anything.
 */
export type Vector = BoolVector | Word32Vector | Word64Vector | FixedVector | BytesVector | ListVector | StructVector;

interface Slots {
  /** Number of slots, nulls included. */
  slots: number;
  /** Number of null slots. */
  nullCount: number;
  /** One byte per slot, 1 where a value is present; null when no slot is null. */
  validity: Uint8Array | null;
}

/** One byte per value, 0 or 1. */
export interface BoolVector extends Slots {
  readonly kind: "bool";
  values: Uint8Array;
}

/** Parquet INT32 and FLOAT: the 32 bits of each value. */
export interface Word32Vector extends Slots {
  readonly kind: "word32";
  values: Int32Array;
}

/** Parquet INT64 and DOUBLE: each value as two words, low word first, so that no BigInt is ever made. */
export interface Word64Vector extends Slots {
  readonly kind: "word64";
  words: Int32Array;
}

/** Parquet FIXED_LEN_BYTE_ARRAY: `width` bytes for each value, end to end. */
export interface FixedVector extends Slots {
  readonly kind: "fixed";
  readonly width: number;
  bytes: Uint8Array;
}

/** Parquet BYTE_ARRAY: value i is `source[starts[i] .. starts[i] + lengths[i])`, often the wire bytes themselves, not a copy. */
export interface BytesVector extends Slots {
  readonly kind: "bytes";
  source: Uint8Array;
  starts: Int32Array;
  lengths: Int32Array;
}

/** List i (of those that are not null) holds the child's slots `offsets[i] .. offsets[i + 1])`. A map is a list of {key, value} structs. */
export interface ListVector extends Slots {
  readonly kind: "list";
  offsets: Int32Array;
  child: Vector;
}

/** Every child has one slot for each struct that is not null. */
export interface StructVector extends Slots {
  readonly kind: "struct";
  children: Vector[];
}
