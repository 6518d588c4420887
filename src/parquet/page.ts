import { crc32 } from "node:zlib";
import type { Bounds } from "./bounds.ts";
import { ThriftWriter } from "./thrift.ts";

/** Source: parquet.thrift, enum Encoding. */
export const Encoding = { PLAIN: 0, RLE: 3, RLE_DICTIONARY: 8 } as const;

/** What the indexes keep of one data page. */
export interface PageSummary {
  /** Bytes in the file, header included. */
  readonly byteLength: number;
  readonly rows: number;
  /** Levels, which is rows unless the column is nested. */
  readonly levels: number;
  readonly nullCount: number;
  readonly bounds: Bounds | null;
  readonly dictionary: boolean;
}

/** Header of a data page of version 1, which every reader knows. Source: parquet.thrift, PageHeader and DataPageHeader. */
export function dataPageHeader(body: Uint8Array, uncompressedBytes: number, levels: number, encoding: number): Uint8Array {
  return pageHeader(body, uncompressedBytes, 0, (thrift) =>
    thrift.struct(5, () => {
      thrift.i32(1, levels);
      thrift.i32(2, encoding);
      thrift.i32(3, Encoding.RLE);
      thrift.i32(4, Encoding.RLE);
    }),
  );
}

export function dictionaryPageHeader(body: Uint8Array, uncompressedBytes: number, entries: number): Uint8Array {
  return pageHeader(body, uncompressedBytes, 2, (thrift) =>
    thrift.struct(7, () => {
      thrift.i32(1, entries);
      thrift.i32(2, Encoding.PLAIN);
    }),
  );
}

/** @param body as it is stored, compressed */
function pageHeader(
  body: Uint8Array,
  uncompressedBytes: number,
  type: number,
  typeHeader: (thrift: ThriftWriter) => void,
): Uint8Array {
  const thrift = new ThriftWriter();
  thrift.root(() => {
    thrift.i32(1, type);
    thrift.i32(2, uncompressedBytes);
    thrift.i32(3, body.length);
    // The CRC is of the page as stored, as a signed 32-bit integer.
    thrift.i32(4, crc32(body) | 0);
    typeHeader(thrift);
  });
  return thrift.bytes();
}
