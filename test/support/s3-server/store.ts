import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoredBody } from "./body.ts";
import type { Algorithm } from "./checksums.ts";
import { S3Error } from "./errors.ts";

export interface StoredChecksum {
  readonly algorithm: Algorithm;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
  readonly value: string;
}

/** An object: one body, or the bodies of its parts in order. Bytes lie in files, so the server's memory doesn't grow with them. */
export interface StoredObject {
  readonly bodies: readonly StoredBody[];
  readonly bytes: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
  readonly checksum: StoredChecksum | null;
  /** Headers to repeat: content type, metadata, encryption, storage class. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface OpenUpload {
  readonly id: string;
  readonly key: string;
  readonly started: Date;
  readonly algorithm: Algorithm | null;
  readonly checksumType: "FULL_OBJECT" | "COMPOSITE";
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: Map<number, StoredBody>;
}

export interface Bucket {
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, OpenUpload>;
  /** What a lifecycle rule says; undefined: there is none. */
  uploadsEndAfterDays?: number;
}

export interface Store {
  readonly buckets: Map<string, Bucket>;
  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket;
  newPath(): string;
  discard(bodies: Iterable<StoredBody>): Promise<void>;
  close(): Promise<void>;
}

export async function createStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "s3-server-"));
  const buckets = new Map<string, Bucket>();
  return {
    buckets,
    bucket: (name) => {
      const found = buckets.get(name);
      if (found === undefined) throw new S3Error(404, "NoSuchBucket", "The specified bucket does not exist");
      return found;
    },
    newPath: () => join(folder, randomUUID()),
    discard: async (bodies) => {
      for (const { path } of bodies) await rm(path, { force: true });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a request asks to be kept and repeated with the object. */
export function keptHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const keep =
      name === "content-type" ||
      name === "x-amz-storage-class" ||
      name.startsWith("x-amz-meta-") ||
      name.startsWith("x-amz-server-side-encryption");
    if (keep && typeof value === "string") kept[name] = value;
  }
  return kept;
}
