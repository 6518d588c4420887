import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** A file on this machine, read at any place. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** Exactly `length` bytes from `offset`. @throws Error when the file ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function openLocalFile(path: string): Promise<LocalFile> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  return {
    path,
    bytes: size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Error(`bytes ${offset} to ${offset + length} lie outside a file of ${size} bytes`);
      }
      const buffer = new Uint8Array(length);
      for (let filled = 0; filled < length; ) {
        const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
        if (bytesRead === 0) throw new Error(`the file became shorter than ${size} bytes while it was read`);
        filled += bytesRead;
      }
      return buffer;
    },
    close: () => handle.close(),
  };
}

/** SHA-256 of the whole file, 64 lower-case hex characters. */
export async function sha256Of(file: LocalFile): Promise<string> {
  const hash = createHash("sha256");
  const step = 4 << 20;
  for (let offset = 0; offset < file.bytes; offset += step) {
    hash.update(await file.read(offset, Math.min(step, file.bytes - offset)));
  }
  return hash.digest("hex");
}
