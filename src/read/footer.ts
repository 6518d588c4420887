import { parquetMetadata } from "hyparquet";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import type { LocalFile } from "./local-file.ts";
import { readSchema, type SchemaField, type SchemaLeaf } from "./schema.ts";

/** A Parquet footer, with statistics as the bytes that stand in it. Source: parquet.thrift, FileMetaData. */
export interface Footer {
  readonly createdBy: string | null;
  readonly rows: number;
  /** Top-level columns in order. */
  readonly fields: readonly SchemaField[];
  /** Leaves in order: one column chunk each in every row group. */
  readonly leaves: readonly SchemaLeaf[];
  readonly rowGroups: readonly RowGroup[];
  readonly keyValues: ReadonlyMap<string, string>;
  /** Where the footer begins: everything else lies between the first magic and this offset. */
  readonly offset: number;
}

export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

export interface Chunk {
  readonly values: number;
  /** Offset of the first page: the dictionary's when there is one. */
  readonly offset: number;
  readonly bytes: number;
  readonly statistics: RawStatistics | null;
  /** parquet.thrift's name of it: `ZSTD`. */
  readonly codec: string;
  readonly offsetIndex: Extent | null;
  readonly columnIndex: Extent | null;
}

interface Extent {
  readonly offset: number;
  readonly bytes: number;
}

/** A file that may well be right, but of which nothing can be said here. */
export class NotJudged extends Error {
  override readonly name = "NotJudged";
}

export interface RawStatistics {
  readonly nulls: number | null;
  readonly min: Uint8Array | null;
  readonly max: Uint8Array | null;
  readonly minExact: boolean | null;
  readonly maxExact: boolean | null;
}

const MAGIC = "PAR1";
const ENCRYPTED_MAGIC = "PARE";
/** More than a footer of 1,600 columns and thousands of row groups; a length beyond it is a damaged one. */
const MAX_FOOTER_BYTES = 1 << 29;

/** @throws Error with one line for people when this is not a whole Parquet file. */
export async function readFooter(file: LocalFile): Promise<Footer> {
  if (file.bytes < 12) throw new Error(`${file.bytes} bytes are too few for a Parquet file`);
  const head = Buffer.from(await file.read(0, 4)).toString("latin1");
  if (head === ENCRYPTED_MAGIC)
    throw new NotJudged("the file is encrypted, its footer too: nothing of it can be judged without its keys");
  if (head !== MAGIC) throw new Error("does not begin with PAR1: not a Parquet file, or its start is damaged");
  const tail = Buffer.from(await file.read(file.bytes - 8, 8));
  if (tail.toString("latin1", 4) !== MAGIC) throw new Error("does not end with PAR1: the file is cut or its end is damaged");
  const length = tail.readUInt32LE(0);
  if (length > file.bytes - 12 || length > MAX_FOOTER_BYTES) {
    throw new Error(`the footer's length, ${length} bytes, can't be right in a file of ${file.bytes} bytes`);
  }
  const bytes = await file.read(file.bytes - 8 - length, length + 8);
  try {
    return parseFooter(bytes, file.bytes - 8 - length);
  } catch (cause) {
    if (cause instanceof NotJudged) throw cause;
    throw new Error(`the footer doesn't parse: ${wordsOf(cause)}`, { cause });
  }
}

/** What a library says when it trips over a damaged footer means nothing to anybody. */
function wordsOf(cause: unknown): string {
  if (cause instanceof TypeError || cause instanceof RangeError) return "what it holds are no structures of Parquet's";
  return (cause as Error).message;
}

/** Thrift's field numbers in {@link deserializeTCompactProtocol}'s words. */
type Raw = { readonly [field: `field_${number}`]: unknown };

function parseFooter(bytes: Uint8Array, offset: number): Footer {
  const metadata = parquetMetadata(bytes, { geoparquet: false });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Read a second time for the statistics: the library turns them into numbers and strings that no longer compare exactly.
  const raw = deserializeTCompactProtocol({ view, offset: 0 }) as Raw;
  const rawGroups = raw.field_4 as readonly Raw[];
  refuseEncryptedColumns(rawGroups);
  const { fields, leaves } = readSchema(metadata.schema);
  const rowGroups = metadata.row_groups.map((group, g) => {
    if (group.columns.length !== leaves.length) {
      throw new Error(`row group ${g} has ${group.columns.length} column chunks, the schema ${leaves.length} leaves`);
    }
    const rawChunks = rawGroups[g]?.field_1 as readonly Raw[];
    return { rows: Number(group.num_rows), chunks: group.columns.map((column, c) => chunkOf(column, rawChunks[c] ?? {})) };
  });
  return {
    createdBy: metadata.created_by ?? null,
    rows: Number(metadata.num_rows),
    fields,
    leaves,
    rowGroups,
    keyValues: new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""])),
    offset,
  };
}

/** Source: parquet.thrift, ColumnChunk.crypto_metadata; EncryptionWithColumnKey takes the metadata away as well. */
function refuseEncryptedColumns(groups: readonly Raw[]): void {
  if (groups.some((group) => (group.field_1 as readonly Raw[] | undefined)?.some((chunk) => chunk.field_8 !== undefined)))
    throw new NotJudged("columns of the file are encrypted: it can't be judged without their keys");
}

type LibraryChunk = ReturnType<typeof parquetMetadata>["row_groups"][number]["columns"][number];

function chunkOf(column: LibraryChunk, raw: Raw): Chunk {
  const meta = column.meta_data;
  if (meta === undefined) throw new Error("a column chunk without metadata");
  const data = Number(meta.data_page_offset);
  const dictionary = meta.dictionary_page_offset === undefined ? 0 : Number(meta.dictionary_page_offset);
  const rawStatistics = (raw.field_3 as Raw).field_12 as Raw | undefined;
  return {
    values: Number(meta.num_values),
    offset: dictionary > 0 ? Math.min(dictionary, data) : data,
    bytes: Number(meta.total_compressed_size),
    statistics: rawStatistics === undefined ? null : statisticsOf(rawStatistics),
    codec: meta.codec,
    offsetIndex: extentOf(column.offset_index_offset, column.offset_index_length),
    columnIndex: extentOf(column.column_index_offset, column.column_index_length),
  };
}

function extentOf(offset: bigint | undefined, bytes: number | undefined): Extent | null {
  return offset === undefined || bytes === undefined ? null : { offset: Number(offset), bytes };
}

/** The deprecated `min` and `max` (fields 1 and 2) are left alone: their order was never defined. Source: parquet.thrift, Statistics. */
function statisticsOf(raw: Raw): RawStatistics {
  return {
    nulls: raw.field_3 === undefined ? null : Number(raw.field_3),
    max: (raw.field_5 as Uint8Array | undefined) ?? null,
    min: (raw.field_6 as Uint8Array | undefined) ?? null,
    maxExact: (raw.field_7 as boolean | undefined) ?? null,
    minExact: (raw.field_8 as boolean | undefined) ?? null,
  };
}

/** Whether pg-bronze made the file, so that it has to be as pg-bronze makes files. */
export function writtenByUs(footer: Footer): boolean {
  return footer.createdBy?.startsWith("pg-bronze") ?? false;
}
