import type { S3Client, StorageClass } from "@aws-sdk/client-s3";
import type { Condition, ObjectInfo } from "../sink.ts";
import type { StoreClock } from "./clock.ts";

/** Where a sink's objects are, and how they are stored. */
export interface S3Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  /** `""`, or a prefix that ends in `/`. */
  readonly prefix: string;
  readonly storageClass: string | undefined;
  /** Key id, alias or ARN: objects are then encrypted with SSE-KMS. */
  readonly kmsKeyId: string | undefined;
  /** `crc32`: of every body, and of the whole object. `none`: for a store that can't; the signature then covers the bodies. */
  readonly checksums: "crc32" | "none";
  readonly clock: StoreClock;
}

/** The user metadata that holds an object's token: `x-amz-meta-pg-bronze-token`. */
const TOKEN = "pg-bronze-token";

export function place(store: S3Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: store.bucket, Key: store.prefix + key };
}

export function locate(store: S3Bucket, key: string): string {
  return `s3://${store.bucket}/${store.prefix}${key}`;
}

/** What PutObject and CreateMultipartUpload are told alike. */
export function storedAs(
  store: S3Bucket,
  { token, contentType, metadata }: { token: string; contentType?: string | undefined; metadata?: Metadata | undefined },
) {
  return {
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    Metadata: { ...metadata, [TOKEN]: token },
    ...(store.storageClass === undefined ? {} : { StorageClass: store.storageClass as StorageClass }),
    ...(store.kmsKeyId === undefined ? {} : { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: store.kmsKeyId }),
  };
}

type Metadata = Readonly<Record<string, string>>;

/** A condition as PutObject and CompleteMultipartUpload take it ("Conditional writes" in the S3 user guide). */
export function onCondition(condition: Condition | undefined): { IfNoneMatch?: string; IfMatch?: string } {
  if (condition === undefined) return {};
  return condition === "absent" ? { IfNoneMatch: "*" } : { IfMatch: condition.etag };
}

/** A CRC as S3 writes it: big-endian, base64. */
export function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}

/** What a reply says of an object. */
interface Described {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly Metadata?: Metadata | undefined;
}

/** The info of an object that was asked for; a listing has no metadata. */
export function infoOf(store: S3Bucket, key: string, bytes: number, reply: Described): ObjectInfo {
  return {
    key,
    bytes,
    etag: etagOf(key, reply),
    modified: reply.LastModified ?? store.clock.now(),
    token: reply.Metadata?.[TOKEN] ?? null,
  };
}

/** The info of an object that was just written: its time is that of the answer, for the store doesn't say its own. */
export function writtenInfo(store: S3Bucket, key: string, bytes: number, token: string, reply: Described): ObjectInfo {
  return { key, bytes, etag: etagOf(key, reply), modified: store.clock.now(), token };
}

function etagOf(key: string, { ETag }: Described): string {
  if (ETag === undefined) throw new Error(`the store gave no ETag for ${key}`);
  return ETag;
}
