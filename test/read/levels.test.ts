import assert from "node:assert/strict";
import { describe, it } from "node:test";
import zlib from "node:zlib";
import { Encoder } from "@toondepauw/node-zstd";
import { compressSync } from "snappy";
import { firstRepetitionLevel } from "../../src/read/levels.ts";
import type { LocalFile } from "../../src/read/local-file.ts";

const CODECS: Readonly<Record<string, (bytes: Buffer) => Uint8Array>> = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: compressSync,
  GZIP: zlib.gzipSync,
  BROTLI: zlib.brotliCompressSync,
  ZSTD: (bytes) => new Encoder(1).encodeSync(bytes),
};
/** Runs of one value, as short and as long headers, and eight packed values of 1 and of 3 bits. */
const HYBRIDS: readonly (readonly [number[], number, number])[] = [
  [[10, 1], 1, 1],
  [[10, 0], 1, 0],
  [[0xc8, 1, 1], 1, 1],
  [[3, 0b1111_1110], 1, 0],
  [[3, 0b1111_1111], 1, 1],
  [[3, 0b0000_1100, 0, 0], 5, 4],
];

function read(bytes: Uint8Array, codec: string, version: 1 | 2, maxLevel: number, values = 5): Promise<number | null> {
  const file = {
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  } as unknown as LocalFile;
  const body = { offset: 0, bytes: bytes.length, uncompressedBytes: 100 };
  return firstRepetitionLevel(file, { values, version, body }, codec, maxLevel);
}

describe("firstRepetitionLevel", () => {
  for (const [codec, compress] of Object.entries(CODECS)) {
    it(`is read from pages of version 1 in ${codec}, and of version 2`, async () => {
      for (const [hybrid, maxLevel, level] of HYBRIDS) {
        const levels = Buffer.from([hybrid.length, 0, 0, 0, ...hybrid]);
        assert.equal(await read(compress(Buffer.concat([levels, Buffer.alloc(50, 7)])), codec, 1, maxLevel), level);
        assert.equal(await read(Buffer.concat([Buffer.from(hybrid), compress(Buffer.alloc(50))]), codec, 2, maxLevel), level);
      }
    });
  }

  it("is left open where the codec isn't known, the page is empty or doesn't decompress", async () => {
    assert.equal(await read(Buffer.from([2, 0, 0, 0, 10, 1]), "LZO", 1, 1), null);
    assert.equal(await read(Buffer.from([2, 0, 0, 0, 10, 1]), "ZSTD", 1, 1), null);
    assert.equal(await read(Buffer.from([2, 0, 0, 0, 10, 1]), "UNCOMPRESSED", 1, 1, 0), null);
  });
});
