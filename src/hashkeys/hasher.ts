import { BronzeError } from "../model/errors.ts";
import type { LogicalType } from "../model/logical-type.ts";
import type { BytesVector, Vector } from "../model/vector.ts";
import { type AppendValue, canonicalBytes } from "./canonical.ts";
import { KeyMessage } from "./message.ts";

export interface KeyColumn {
  readonly name: string;
  /** Among the vectors given to {@link KeyHasher.hash}. */
  readonly index: number;
  readonly type: LogicalType;
}

/** Plain data: it crosses threads. */
export interface KeyHasherSpec {
  /** Columns of `_source_hashkey`, which say whose row it is: a null in one is an error, or adds no bytes. */
  readonly source: readonly KeyColumn[];
  /** Columns of `_record_hashkey`. In those that are not in `source` too, a null adds no bytes. */
  readonly record: readonly KeyColumn[] | null;
  /** Between each two columns. */
  readonly separator: string;
  readonly nullKey: "error" | "empty";
}

/** Nulls met in one identity column. */
export interface NullKey {
  readonly column: string;
  readonly count: number;
  /** Number of the first such row, from 0. */
  readonly firstRow: number;
}

export interface KeyHasher {
  /**
   * The keys of `rows` rows: `_source_hashkey`, and `_record_hashkey` where the spec has one. Each is dense, without nulls, 64
   * lower-case hex digits a row; they are scratch, valid until the next call.
   * @param firstRow number of the first row through the whole extract, from 0
   */
  hash(vectors: readonly Vector[], rows: number, firstRow: number): readonly BytesVector[];
  /** Under the policy `error`, the identity columns in which a null was met so far: the shard has failed if there are any. */
  nullKeys(): readonly NullKey[];
}

/** @throws BronzeError CONFIG_INVALID for a column whose type has no canonical bytes. */
export function createKeyHasher(spec: KeyHasherSpec): KeyHasher {
  return new MessageHasher(spec);
}

/** Hexadecimal digits of a SHA-256. */
const DIGEST_CHARS = 64;

/** Where one column stands while a batch is read. */
interface Cursor {
  readonly column: KeyColumn;
  readonly append: AppendValue;
  vector: Vector | null;
  /** Index of the next value that is not null. */
  next: number;
  nulls: number;
  firstNull: number;
}

class MessageHasher implements KeyHasher {
  readonly #spec: KeyHasherSpec;
  readonly #separator: Uint8Array;
  readonly #source: readonly Cursor[];
  /** What the record key adds to the source key when it begins with the same columns; else all of its columns. */
  readonly #record: readonly Cursor[] | null;
  readonly #recordContinues: boolean;
  readonly #message = new KeyMessage();
  readonly #keys: readonly HexColumn[];

  constructor(spec: KeyHasherSpec) {
    const { source, record } = spec;

    this.#spec = spec;
    this.#separator = new TextEncoder().encode(spec.separator);
    this.#recordContinues = record !== null && source.every((column, i) => record[i]?.index === column.index);
    this.#source = source.map(createCursor);
    this.#record = record === null ? null : (this.#recordContinues ? record.slice(source.length) : record).map(createCursor);
    this.#keys = record === null ? [new HexColumn()] : [new HexColumn(), new HexColumn()];
  }

  hash(vectors: readonly Vector[], rows: number, firstRow: number): readonly BytesVector[] {
    for (const cursor of this.#source) rewind(cursor, vectors);
    for (const cursor of this.#record ?? []) rewind(cursor, vectors);
    for (const key of this.#keys) key.reset(rows);
    for (let row = 0; row < rows; row++) this.#hashRow(row, firstRow + row);
    for (const key of this.#keys) key.flush();
    return this.#keys.map((key) => key.vector);
  }

  #hashRow(row: number, extractRow: number): void {
    const message = this.#message;
    message.clear();
    this.#append(this.#source, 0, row, extractRow);
    this.#keys[0]!.push(message.digest());
    if (this.#record === null) return;
    if (!this.#recordContinues) message.clear();
    this.#append(this.#record, this.#recordContinues ? this.#source.length : 0, row, extractRow);
    this.#keys[1]!.push(message.digest());
  }

  #append(cursors: readonly Cursor[], columnsBefore: number, row: number, extractRow: number): void {
    const message = this.#message;
    for (let i = 0; i < cursors.length; i++) {
      const cursor = cursors[i]!;
      if (columnsBefore + i > 0 && this.#separator.length > 0) message.append(this.#separator, 0, this.#separator.length);
      const { validity } = cursor.vector!;
      if (validity === null || validity[row] === 1) {
        cursor.append(message, cursor.vector!, cursor.next++);
      } else if (cursor.nulls++ === 0) {
        cursor.firstNull = extractRow;
      }
    }
  }

  nullKeys(): readonly NullKey[] {
    if (this.#spec.nullKey === "empty") return [];
    return this.#source
      .filter((cursor) => cursor.nulls > 0)
      .map(({ column, nulls, firstNull }) => ({ column: column.name, count: nulls, firstRow: firstNull }));
  }
}

function createCursor(column: KeyColumn): Cursor {
  const append = canonicalBytes(column.type);
  if (append === null) throw unhashable(column);
  return { column, append, vector: null, next: 0, nulls: 0, firstNull: 0 };
}

function rewind(cursor: Cursor, vectors: readonly Vector[]): void {
  cursor.vector = vectors[cursor.column.index]!;
  cursor.next = 0;
}

/** The error for a key column of a type without canonical bytes. */
export function unhashable({ name, type }: Pick<KeyColumn, "name" | "type">): BronzeError {
  return new BronzeError("CONFIG_INVALID", `column "${name}" lands as ${type.type}, which can't be part of a hash key`, {
    context: { column: name },
    hint: `Text, uuid, integers, bytea and geometry can. To use the server's own text of it, set columns.${name}.as to text.`,
  });
}

/** A column of 64 characters a row, end to end in one buffer. */
class HexColumn {
  readonly vector: BytesVector = {
    kind: "bytes",
    slots: 0,
    nullCount: 0,
    validity: null,
    source: new Uint8Array(0),
    starts: new Int32Array(0),
    lengths: new Int32Array(0),
  };
  #buffer = Buffer.alloc(0);
  #pending = "";
  #pendingAt = 0;

  reset(rows: number): void {
    this.vector.slots = rows;
    this.#pendingAt = 0;
    if (this.vector.starts.length >= rows) return;
    this.#buffer = Buffer.from(new ArrayBuffer(rows * DIGEST_CHARS));
    this.vector.source = this.#buffer;
    this.vector.starts = Int32Array.from({ length: rows }, (_, row) => row * DIGEST_CHARS);
    this.vector.lengths = new Int32Array(rows).fill(DIGEST_CHARS);
  }

  /** Sixteen digests are written by one call: a write costs a quarter of a hash. */
  push(digest: string): void {
    this.#pending += digest;
    if (this.#pending.length === 16 * DIGEST_CHARS) this.flush();
  }

  flush(): void {
    this.#buffer.write(this.#pending, this.#pendingAt, "latin1");
    this.#pendingAt += this.#pending.length;
    this.#pending = "";
  }
}
