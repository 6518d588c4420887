import zlib from "node:zlib";
import type { LocalFile } from "./local-file.ts";

/** What of a data page it takes to look into it. */
export interface DataPage {
  readonly values: number;
  readonly version: 1 | 2;
  readonly body: { readonly offset: number; readonly bytes: number; readonly uncompressedBytes: number };
}

/** Of more than this only the levels would be wanted, and a page that large is no usual one. */
const MOST_BYTES = 64 << 20;

/**
 * The repetition level with which a data page begins. A row group's first one begins a row, so it is 0.
 * Null where the page's codec isn't known here, or it can't be decompressed: that others tell.
 * Source: parquet-format README, "Data Pages"; Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".
 */
export async function firstRepetitionLevel(
  file: LocalFile,
  page: DataPage,
  codec: string,
  maxLevel: number,
): Promise<number | null> {
  const { body, version, values } = page;
  if (values === 0 || body.bytes > MOST_BYTES || body.uncompressedBytes > MOST_BYTES) return null;
  try {
    const stored = Buffer.from(await file.read(body.offset, body.bytes));
    // Version 2 has its levels ahead of what is compressed, without a length.
    if (version === 2) return firstOfHybrid(stored, 0, maxLevel);
    const bytes = await decompress(stored, codec);
    return bytes === null ? null : firstOfHybrid(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 4, maxLevel);
  } catch {
    return null;
  }
}

function firstOfHybrid(bytes: Buffer, at: number, maxLevel: number): number {
  let position = at;
  while (bytes.readUInt8(position++) >= 0x80); // the run's header, a varint
  // A run's value takes whole bytes, and no level more than one; the first of packed values is in the lowest bits.
  return bytes.readUInt8(position) & (2 ** (32 - Math.clz32(maxLevel)) - 1);
}

async function decompress(bytes: Buffer, codec: string): Promise<Uint8Array | null> {
  switch (codec) {
    case "UNCOMPRESSED":
      return bytes;
    case "GZIP":
      return zlib.gunzipSync(bytes);
    case "BROTLI":
      return zlib.brotliDecompressSync(bytes);
    case "SNAPPY": {
      const { uncompressSync } = await import("snappy");
      return uncompressSync(bytes, { asBuffer: true }) as Buffer;
    }
    case "ZSTD": {
      const { Decoder } = await import("@toondepauw/node-zstd");
      return new Decoder().decodeSync(bytes);
    }
    default:
      return null;
  }
}
