import { HeadObjectCommand, type HeadObjectCommandInput } from "@aws-sdk/client-s3";
import type { ObjectInfo } from "../sink.ts";
import { infoOf, locate, place, type S3Bucket } from "./bucket.ts";
import { isNotFound, toS3Error } from "./errors.ts";

/** What a store holds under a key, and the CRC of the whole object, where the store tells it. */
export interface Held {
  readonly info: ObjectInfo;
  readonly checksum: string | undefined;
}

export async function headObject(store: S3Bucket, key: string): Promise<ObjectInfo | null> {
  return (await head(store, key, {}))?.info ?? null;
}

/** {@link headObject}, with the checksum; of an object under a KMS key it needs `kms:Decrypt`. */
export function headWithChecksum(store: S3Bucket, key: string): Promise<Held | null> {
  return head(store, key, store.checksums === "none" ? {} : { ChecksumMode: "ENABLED" });
}

async function head(store: S3Bucket, key: string, mode: Pick<HeadObjectCommandInput, "ChecksumMode">): Promise<Held | null> {
  try {
    const reply = await store.client.send(new HeadObjectCommand({ ...place(store, key), ...mode }));
    return { info: infoOf(store, key, reply.ContentLength ?? 0, reply), checksum: reply.ChecksumCRC32 };
  } catch (error) {
    if (isNotFound(error)) return null;
    throw toS3Error(error, "look at", locate(store, key));
  }
}
