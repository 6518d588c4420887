import type { S3Client, StorageClass } from "@aws-sdk/client-s3";
import type { ObjectInfo } from "../sink.ts";

/** Where a sink's objects are, and how they are stored. */
export interface S3Bucket {
  readonly client: S3Client;
  readonly bucket: string;
  /** `""`, or a prefix that ends in `/`. */
  readonly prefix: string;
  readonly storageClass: string | undefined;
  /** Key id, alias or ARN: objects are then encrypted with SSE-KMS. */
  readonly kmsKeyId: string | undefined;
}

export function place(store: S3Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: store.bucket, Key: store.prefix + key };
}

export function locate(store: S3Bucket, key: string): string {
  return `s3://${store.bucket}/${store.prefix}${key}`;
}

/** What PutObject and CreateMultipartUpload are told alike. */
export function storedAs(store: S3Bucket, contentType: string | undefined, metadata?: Readonly<Record<string, string>>) {
  return {
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
    ...(store.storageClass === undefined ? {} : { StorageClass: store.storageClass as StorageClass }),
    ...(store.kmsKeyId === undefined ? {} : { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: store.kmsKeyId }),
  };
}

/** A CRC as S3 writes it: big-endian, base64. */
export function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}

export function infoOf(key: string, bytes: number, etag: string | undefined, modified: Date | undefined): ObjectInfo {
  if (etag === undefined) throw new Error(`the store gave no ETag for ${key}`);
  return { key, bytes, etag, modified: modified ?? new Date() };
}
