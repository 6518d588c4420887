import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A running checksum over the bytes of a body. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Base64, as S3 writes it in headers. */
  digest(): string;
}

export const ALGORITHMS = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export function isAlgorithm(name: string): name is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(name);
}

export function startChecksum(algorithm: Algorithm | "md5"): Checksum {
  switch (algorithm) {
    case "crc32":
      return native32();
    case "crc32c":
      return table32();
    case "crc64nvme":
      return table64();
    default: {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
    }
  }
}

function bigEndian(words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => {
    bytes.writeUInt32BE(word >>> 0, i * 4);
  });
  return bytes.toString("base64");
}

function native32(): Checksum {
  let crc = 0;
  return {
    update: (bytes) => {
      crc = crc32(bytes, crc);
    },
    digest: () => bigEndian([crc]),
  };
}

/** Castagnoli's polynomial, reflected. */
const CRC32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function table32(): Checksum {
  let crc = 0xffffffff;
  return {
    update: (bytes) => {
      for (const byte of bytes) crc = (CRC32C[(crc ^ byte) & 0xff]! ^ (crc >>> 8)) >>> 0;
    },
    digest: () => bigEndian([~crc]),
  };
}

/** The NVMe polynomial 0xad93d23594c93659, reflected, as two words. */
const CRC64 = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  return [Number(crc >> 32n), Number(crc & 0xffffffffn)] as const;
});

function table64(): Checksum {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const [tableHigh, tableLow] = CRC64[(low ^ byte) & 0xff]!;
        low = (((low >>> 8) | (high << 24)) ^ tableLow) >>> 0;
        high = ((high >>> 8) ^ tableHigh) >>> 0;
      }
    },
    digest: () => bigEndian([~high, ~low]),
  };
}
