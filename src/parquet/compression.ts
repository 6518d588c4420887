import zlib from "node:zlib";

/** Compresses whole pages, on the calling thread. */
export interface Compressor {
  /** Source: parquet.thrift, enum CompressionCodec. */
  readonly codec: number;
  /** The compressed bytes, in memory that the caller may keep. */
  compress(page: Uint8Array): Uint8Array;
}

export interface CompressionOptions {
  readonly compression: "zstd" | "snappy" | "none";
  /** Of zstd only. */
  readonly compressionLevel: number;
}

const UNCOMPRESSED = 0;
const SNAPPY = 1;
const ZSTD = 6;

/** Loads what the codec needs, and nothing else. */
export async function createCompressor(options: CompressionOptions): Promise<Compressor> {
  switch (options.compression) {
    case "none":
      return { codec: UNCOMPRESSED, compress: (page) => page.slice() };
    case "snappy": {
      const { compressSync } = await import("snappy");
      return { codec: SNAPPY, compress: (page) => compressSync(asBuffer(page)) };
    }
    case "zstd":
      return { codec: ZSTD, compress: await zstd(options.compressionLevel) };
  }
}

type ZstdSync = (input: Uint8Array, options: { params: Record<number, number>; maxOutputLength?: number }) => Buffer;

/**
 * node:zlib has ZSTD from Node 22.15 on; before that, a prebuilt N-API package. Both are libzstd, but of versions of their own:
 * bytes are the same from run to run, not from one Node major to another.
 */
async function zstd(level: number): Promise<(page: Uint8Array) => Uint8Array> {
  const builtIn = (zlib as unknown as { zstdCompressSync?: ZstdSync }).zstdCompressSync;
  if (builtIn !== undefined) {
    const levelParameter = (zlib.constants as unknown as Record<string, number>)["ZSTD_c_compressionLevel"] as number;
    const params = { [levelParameter]: level };
    return (page) => builtIn(page, { params });
  }
  const { Encoder } = await import("@toondepauw/node-zstd");
  const encoder = new Encoder(level);
  return (page) => encoder.encodeSync(asBuffer(page));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
