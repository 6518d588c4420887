import { type Bounds, compareValues } from "./bounds.ts";
import type { EncodedChunk } from "./column-chunk.ts";
import { Encoding } from "./page.ts";
import { type ParquetColumn, type ParquetSchema, Physical, type ValueOrder, writeSchema } from "./schema.ts";
import { ThriftWriter } from "./thrift.ts";

/** A column chunk that was written, with all that is known of it. */
export interface ColumnChunkPlace extends Omit<EncodedChunk, "pages"> {
  readonly offset: number;
}

/**
 * A row group that was written, as the end of the file will tell of it. It is encoded at once: there is one for every 32 MB of a table,
 * and as objects what is known of its pages takes ten times the bytes.
 */
export interface RowGroupPlace {
  readonly rows: number;
  readonly start: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  readonly ordinal: number;
  /** Where each column chunk begins. */
  readonly offsets: readonly number[];
  /** The ColumnMetaData of each column chunk. */
  readonly metadata: Packed;
  /** Empty where a column has none. */
  readonly columnIndexes: Packed;
  readonly offsetIndexes: Packed;
}

/** A row group whose indexes were written, too: the positions where those of its first column begin. */
export interface IndexedRowGroup extends RowGroupPlace {
  readonly columnIndexesAt: number;
  readonly offsetIndexesAt: number;
}

/** Byte strings end to end. */
interface Packed {
  readonly bytes: Uint8Array;
  readonly lengths: readonly number[];
}

function pack(parts: readonly Uint8Array[]): Packed {
  const lengths = parts.map((part) => part.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const packed = { bytes, lengths };
  beginnings(packed, 0).forEach((at, i) => {
    bytes.set(parts[i]!, at);
  });
  return packed;
}

/** Where each of the byte strings begins, if the first one begins at `start`. */
function beginnings({ lengths }: Packed, start: number): number[] {
  let at = start;
  return lengths.map((length) => {
    const beginning = at;
    at += length;
    return beginning;
  });
}

/** @param places one for each leaf column of the schema */
export function placeRowGroup(
  places: readonly ColumnChunkPlace[],
  group: Pick<RowGroupPlace, "rows" | "start" | "compressedBytes" | "ordinal">,
  columns: readonly ParquetColumn[],
  codec: number,
): RowGroupPlace {
  return {
    ...group,
    uncompressedBytes: places.reduce((sum, place) => sum + place.uncompressedBytes, 0),
    offsets: places.map((place) => place.offset),
    metadata: pack(places.map((place, i) => columnMetadata(place, columns[i]!, codec))),
    columnIndexes: pack(places.map((place, i) => columnIndex(place, columns[i]!.order) ?? NO_BYTES)),
    offsetIndexes: pack(places.map(offsetIndex)),
  };
}

/** Source: parquet.thrift, FileMetaData. */
export function fileMetadata(file: {
  schema: ParquetSchema;
  createdBy: string;
  rows: number;
  rowGroups: readonly IndexedRowGroup[];
  metadata: readonly (readonly [string, string])[];
}): Uint8Array {
  const thrift = new ThriftWriter();
  thrift.root(() => {
    thrift.i32(1, 2);
    writeSchema(thrift, 2, file.schema);
    thrift.i64(3, file.rows);
    thrift.structs(4, file.rowGroups, (group) => writeRowGroup(thrift, group));
    thrift.structs(5, file.metadata, ([key, value]) => {
      thrift.string(1, key);
      thrift.string(2, value);
    });
    thrift.string(6, file.createdBy);
    // TYPE_DEFINED_ORDER for every leaf: without it readers ignore min_value and max_value.
    thrift.structs(7, file.schema.columns, () => thrift.struct(1, () => {}));
  });
  return thrift.bytes();
}

function writeRowGroup(thrift: ThriftWriter, group: IndexedRowGroup): void {
  const { offsets, metadata, columnIndexes, offsetIndexes } = group;
  const metadataAt = beginnings(metadata, 0);
  const columnIndexAt = beginnings(columnIndexes, group.columnIndexesAt);
  const offsetIndexAt = beginnings(offsetIndexes, group.offsetIndexesAt);
  thrift.structs(1, [...offsets.keys()], (i) => {
    thrift.i64(2, offsets[i]!);
    thrift.encoded(3, metadata.bytes.subarray(metadataAt[i]!, metadataAt[i]! + metadata.lengths[i]!));
    thrift.i64(4, offsetIndexAt[i]!);
    thrift.i32(5, offsetIndexes.lengths[i]!);
    if (columnIndexes.lengths[i]! === 0) return;
    thrift.i64(6, columnIndexAt[i]!);
    thrift.i32(7, columnIndexes.lengths[i]!);
  });
  thrift.i64(2, group.uncompressedBytes);
  thrift.i64(3, group.rows);
  thrift.i64(5, group.start);
  thrift.i64(6, group.compressedBytes);
  if (group.ordinal < 0x8000) thrift.i16(7, group.ordinal);
}

/** Source: parquet.thrift, ColumnMetaData. */
function columnMetadata(place: ColumnChunkPlace, column: ParquetColumn, codec: number): Uint8Array {
  const thrift = new ThriftWriter();
  thrift.root(() => writeColumnMetadata(thrift, place, column, codec));
  return thrift.bytes();
}

function writeColumnMetadata(thrift: ThriftWriter, place: ColumnChunkPlace, column: ParquetColumn, codec: number): void {
  const indexed = place.summaries.filter((page) => page.dictionary).length;
  const plain = place.summaries.length - indexed;
  const encodings: number[] = [Encoding.RLE];
  if (plain > 0 || indexed > 0) encodings.unshift(Encoding.PLAIN); // of data pages, or of the dictionary page
  if (indexed > 0) encodings.push(Encoding.RLE_DICTIONARY);
  thrift.i32(1, Physical[column.physical]);
  thrift.i32s(2, encodings);
  thrift.strings(3, column.path);
  thrift.i32(4, codec);
  thrift.i64(5, place.levels);
  thrift.i64(6, place.uncompressedBytes);
  thrift.i64(7, place.compressedBytes);
  thrift.i64(9, place.offset + place.dictionaryBytes);
  if (place.dictionaryBytes > 0) thrift.i64(11, place.offset);
  thrift.struct(12, () => writeStatistics(thrift, place.nullCount, place.bounds, column.order));
  const counts = [
    { pageType: 2, encoding: Encoding.PLAIN, count: place.dictionaryBytes > 0 ? 1 : 0 },
    { pageType: 0, encoding: Encoding.RLE_DICTIONARY, count: indexed },
    { pageType: 0, encoding: Encoding.PLAIN, count: plain },
  ].filter((entry) => entry.count > 0);
  thrift.structs(13, counts, (entry) => {
    thrift.i32(1, entry.pageType);
    thrift.i32(2, entry.encoding);
    thrift.i32(3, entry.count);
  });
}

/** Source: parquet.thrift, Statistics: min_value and max_value; the older min and max have no defined order and are left out. */
function writeStatistics(thrift: ThriftWriter, nullCount: number, bounds: Bounds | null, order: ValueOrder): void {
  thrift.i64(3, nullCount);
  if (bounds === null || order === "none") return;
  thrift.binary(5, bounds.max);
  thrift.binary(6, bounds.min);
  thrift.bool(7, bounds.maxExact);
  thrift.bool(8, bounds.minExact);
}

const NO_BYTES = new Uint8Array(0);

/** Source: parquet.thrift, ColumnIndex. Null when a page with values has no bounds: an index may not leave any out. */
function columnIndex(place: ColumnChunkPlace, order: ValueOrder): Uint8Array | null {
  const pages = place.summaries;
  const empty = pages.map((page) => page.nullCount === page.levels);
  if (order === "none" || pages.some((page, i) => page.bounds === null && !empty[i])) return null;
  const thrift = new ThriftWriter();
  thrift.root(() => {
    thrift.bools(1, empty);
    thrift.binaries(
      2,
      pages.map((page) => page.bounds?.min ?? NO_BYTES),
    );
    thrift.binaries(
      3,
      pages.map((page) => page.bounds?.max ?? NO_BYTES),
    );
    thrift.i32(
      4,
      boundaryOrder(
        pages.flatMap((page) => page.bounds ?? []),
        order,
      ),
    );
    thrift.i64s(
      5,
      pages.map((page) => page.nullCount),
    );
  });
  return thrift.bytes();
}

/** 1 ascending, 2 descending, 0 neither, by both bounds of the pages that have any. Source: parquet.thrift, BoundaryOrder. */
function boundaryOrder(bounds: readonly Bounds[], order: ValueOrder): 0 | 1 | 2 {
  const steps = bounds.slice(1).map((next, i) => ({ previous: bounds[i]!, next }));
  const sorted = (sign: 1 | -1): boolean =>
    steps.every(
      ({ previous, next }) =>
        compareValues(order, previous.min, next.min) * sign <= 0 && compareValues(order, previous.max, next.max) * sign <= 0,
    );
  return sorted(1) ? 1 : sorted(-1) ? 2 : 0;
}

/** Source: parquet.thrift, OffsetIndex. */
function offsetIndex(place: ColumnChunkPlace): Uint8Array {
  let offset = place.offset + place.dictionaryBytes;
  let firstRow = 0;
  const locations = place.summaries.map((page) => {
    const location = { offset, byteLength: page.byteLength, firstRow };
    offset += page.byteLength;
    firstRow += page.rows;
    return location;
  });
  const thrift = new ThriftWriter();
  thrift.root(() =>
    thrift.structs(1, locations, (location) => {
      thrift.i64(1, location.offset);
      thrift.i32(2, location.byteLength);
      thrift.i64(3, location.firstRow);
    }),
  );
  return thrift.bytes();
}
