import type { LogicalType } from "../model/logical-type.ts";
import type { Vector } from "../model/vector.ts";

/** A PostgreSQL type as the catalog describes it, resolved all the way down. Source: pg_type, pg_attribute, pg_enum, pg_range. */
export interface PgType {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "base" | "array" | "composite" | "domain" | "enum" | "range" | "multirange" | "pseudo";
  /** The extension that owns the type, such as `postgis` or `hstore`; null for the server's own and the user's. */
  readonly extension: string | null;
  /** Schema-qualified, quoted name of the output function (typoutput), for the server's own text. */
  readonly output: string;
  /** Schema-qualified, quoted name of the binary send function (typsend); null when the type has none. */
  readonly send: string | null;
  /** Array: its element type. */
  readonly element?: PgType;
  /** Domain: the type below it and that type's modifier. */
  readonly base?: { readonly type: PgType; readonly typmod: number; readonly dimensions: number };
  /** Composite: its live attributes in order. */
  readonly attributes?: readonly PgAttribute[];
}

export interface PgAttribute {
  readonly name: string;
  readonly type: PgType;
  /** atttypmod; -1 when there is none. */
  readonly typmod: number;
  /** attndims: the declared number of array dimensions; 0 when not an array or not known. */
  readonly dimensions: number;
}

/** One result column of the query that is extracted. */
export interface SourceColumn extends PgAttribute {
  /** False only when the catalog proves that the column has no nulls. */
  readonly nullable: boolean;
  /** The type as the server writes it: `numeric(10,2)`, `geometry(MultiPolygon,4326)`. Source: format_type(). */
  readonly declared: string;
}

export type Profile = "lake" | "native";

/** What to do with a value that has no counterpart in the target type. `text` lands the whole column as the server's text. */
export type UnrepresentablePolicy = "error" | "null" | "text";

/** What the config says about one column. */
export interface ColumnOverride {
  /** Target: `text`, `json`, `uuid`, `decimal(p,s)`, `float64`, `int64`, `geometry`, `geography`, `time`, `bytes`. */
  readonly as?: string | undefined;
  /** For `as: geometry` on bytea (or hex text) that holds EWKB or WKB without an SRID of its own. */
  readonly srid?: number | undefined;
  /** Number of array dimensions, where the catalog doesn't know (a query's expression). */
  readonly dimensions?: number | undefined;
  readonly unrepresentable?: UnrepresentablePolicy | undefined;
  /** With `as: float64`: a number with more digits than a float64 holds lands as the nearest one. */
  readonly round?: boolean | undefined;
}

export interface MappingOptions {
  readonly profile: Profile;
  readonly unrepresentable: UnrepresentablePolicy;
  readonly override: ColumnOverride;
}

/** One thing to be mapped: a column, an array's element, a composite's attribute, a domain's base. */
export interface MappingRequest {
  readonly type: PgType;
  readonly typmod: number;
  /** Declared number of array dimensions; 0 when unknown. */
  readonly dimensions: number;
  readonly options: MappingOptions;
}

/** How one column travels: asked for by `project`, decoded by `spec`, landed as `type`. */
export interface Mapping {
  /** What lands, in Arrow's vocabulary. The Arrow and the Parquet types follow from it. */
  readonly type: LogicalType;
  /** Plain data from which any thread makes the decoder: `createDecoder(spec)`. */
  readonly spec: DecoderSpec;
  /** The SQL expression for the SELECT list; null for the identity. Given where the server's text or a field-wise rewrite is needed. */
  readonly project: ((expression: string) => string) | null;
  /** Type OID of what `project` gives, since composites and arrays carry it on the wire; absent when `project` is null. */
  readonly projectedOid?: number;
  /** True when all values are equally long as text, though the landing type doesn't say so: a uuid that lands as text. */
  readonly fixedLength?: boolean;
}

/**
 * One file of `pgtypes/`: a family of types that share a wire form. A new PostgreSQL type is one such file and its row in
 * `families.ts`. The file has no knowledge of Arrow's or Parquet's libraries, so that encoder threads start fast.
 */
export interface TypeFamily {
  /** Codec names whose specs this file reads; unique across families. */
  readonly codecs: readonly string[];
  /** The mapping, or null when the family doesn't serve this type under these options. `map` maps a part (element, attribute, base). */
  map(request: MappingRequest, map: (part: MappingRequest) => Mapping): Mapping | null;
  createDecoder(spec: DecoderSpec, create: (part: DecoderSpec) => Decoder): Decoder;
  createEncoder(spec: DecoderSpec, create: (part: DecoderSpec) => Encoder): Encoder;
}

/** Structured-cloneable; `codec` picks the file of `pgtypes/` that reads it. */
export interface DecoderSpec {
  readonly codec: string;
  readonly [parameter: string]: unknown;
}

/**
 * Where one column's fields lie in wire bytes. Field i starts at `starts[begin + i]` (its first payload byte), or is null when
 * that is -1; the big-endian int32 in the four bytes before the start is its length. COPY tuples, array elements, composite
 * attributes and hstore values all have this form, so one decoder serves them all.
 */
export interface Fields {
  bytes: Uint8Array;
  /** Over the same memory as `bytes`: `view.getInt32(start - 4)` is a field's length. */
  view: DataView;
  starts: Int32Array;
  begin: number;
  count: number;
  nullCount: number;
}

/** Wire → column. Made once per column and thread; reuses its buffers from call to call. */
export interface Decoder {
  /** @throws Unrepresentable (policy `error`) with the slot in `fields`; BronzeError WIRE_CORRUPT when the bytes don't parse. */
  decode(fields: Fields): Vector;
  /** What became null since the decoder was made, under the policy `null`; of nested values each part counts for itself. */
  nulled(): Nulled;
  /** A geometry column's SRID: declared, or that of the first value decoded; 0 when that value had none; null while it isn't known. */
  readonly srid?: number | null;
}

/** Values without a counterpart that the policy `null` made null. */
export interface Nulled {
  readonly values: number;
  /** Why the first of them was; null when there was none. */
  readonly first: string | null;
}

/** Column → wire: what PostgreSQL's binary send function gives for each slot; null for a null. The inverse of {@link Decoder}. */
export interface Encoder {
  encode(vector: Vector): (Uint8Array | null)[];
}

/** What may be changed in the config of a column for a value of its to land. */
export type Remedy = "policy" | "dimensions" | "round";

/** A value that its target type can't hold. The caller turns `slot` into table, column and row, and `remedy` into a hint. */
export class Unrepresentable extends Error {
  override readonly name = "Unrepresentable";
  /** Index into the fields that were decoded. */
  readonly slot: number;
  readonly remedy: Remedy;
  constructor(slot: number, what: string, remedy: Remedy = "policy") {
    super(what);
    this.slot = slot;
    this.remedy = remedy;
  }
}
