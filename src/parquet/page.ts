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

/** Data pages of version 1, which every reader knows. Source: parquet.thrift, PageHeader and DataPageHeader. */
export function dataPage(body: Uint8Array, uncompressedBytes: number, levels: number, encoding: number): Uint8Array {
  return page(body, uncompressedBytes, 0, (thrift) =>
    thrift.struct(5, () => {
      thrift.i32(1, levels);
      thrift.i32(2, encoding);
      thrift.i32(3, Encoding.RLE);
      thrift.i32(4, Encoding.RLE);
    }),
  );
}

export function dictionaryPage(body: Uint8Array, uncompressedBytes: number, entries: number): Uint8Array {
  return page(body, uncompressedBytes, 2, (thrift) =>
    thrift.struct(7, () => {
      thrift.i32(1, entries);
      thrift.i32(2, Encoding.PLAIN);
    }),
  );
}

/** Header and compressed body in one piece of memory of its own. */
function page(body: Uint8Array, uncompressedBytes: number, type: number, header: (thrift: ThriftWriter) => void): Uint8Array {
  const thrift = new ThriftWriter();
  thrift.root(() => {
    thrift.i32(1, type);
    thrift.i32(2, uncompressedBytes);
    thrift.i32(3, body.length);
    // The CRC is of the page as stored, as a signed 32-bit integer.
    thrift.i32(4, crc32(body) | 0);
    header(thrift);
  });
  const head = thrift.bytes();
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  return whole;
}
