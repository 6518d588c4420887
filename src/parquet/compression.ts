import zlib from "node:zlib";
import { BronzeError } from "../model/errors.ts";

/** Compresses whole pages, on the calling thread. */
export interface Compressor {
  /** The compressed bytes, in memory that the caller may keep. */
  compress(page: Uint8Array): Uint8Array;
}

export interface CompressionOptions {
  readonly compression: "zstd" | "snappy" | "none";
  /** Of zstd only. */
  readonly compressionLevel: number;
}

/** Source: parquet.thrift, enum CompressionCodec. */
export const Codec = { none: 0, snappy: 1, zstd: 6 } as const;

/** Loads what the codec needs, and nothing else. */
export async function createCompressor(options: CompressionOptions): Promise<Compressor> {
  switch (options.compression) {
    case "none":
      return { compress: (page) => page.slice() };
    case "snappy": {
      const { compressSync } = await import("snappy");
      return { compress: (page) => compressSync(asBuffer(page)) };
    }
    case "zstd":
      return { compress: await zstd(options.compressionLevel) };
  }
}

type ZstdSync = (input: Uint8Array, options: { params: Record<number, number>; maxOutputLength?: number }) => Buffer;

/**
 * A prebuilt N-API package, on every Node: it is faster than node:zlib's ZSTD (level 1, 64 KiB pages: 510 against 284 MB per CPU
 * second on Node 24), and one libzstd for all means that a file's bytes don't depend on the Node version. node:zlib, which has
 * ZSTD from 22.15 on, serves where no binary was built for the platform.
 */
async function zstd(level: number): Promise<(page: Uint8Array) => Uint8Array> {
  try {
    const { Encoder } = await import("@toondepauw/node-zstd");
    const encoder = new Encoder(level);
    return (page) => encoder.encodeSync(asBuffer(page));
  } catch (cause) {
    const { zstdCompressSync, constants } = zlib as unknown as { zstdCompressSync?: ZstdSync; constants: Record<string, number> };
    if (zstdCompressSync === undefined) {
      throw new BronzeError(
        "CONFIG_INVALID",
        `there is no ZSTD for Node ${process.versions.node} on ${process.platform}-${process.arch}`,
        {
          hint: "Use Node 22.15 or newer, or set parquet.compression to snappy.",
          cause,
        },
      );
    }
    const params = { [constants["ZSTD_c_compressionLevel"] as number]: level };
    return (page) => zstdCompressSync(page, { params });
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
