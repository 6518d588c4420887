import { HeadObjectCommand } from "@aws-sdk/client-s3";
import type { ObjectInfo } from "../sink.ts";
import { infoOf, locate, place, type S3Bucket } from "./bucket.ts";
import { isNotFound, toS3Error } from "./errors.ts";

export async function headObject(store: S3Bucket, key: string): Promise<ObjectInfo | null> {
  try {
    const reply = await store.client.send(new HeadObjectCommand(place(store, key)));
    return infoOf(store, key, reply.ContentLength ?? 0, reply);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw toS3Error(error, "look at", locate(store, key));
  }
}
