import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import type { DeleteOptions } from "../sink.ts";
import { locate, onCondition, place, type S3Bucket } from "./bucket.ts";
import { isNotFound, toS3Error, wasRetried } from "./errors.ts";
import { inTimeOnly } from "./in-time.ts";

/** One DeleteObject. Source: "Performing conditional deletes" in the S3 user guide. */
export async function deleteObject(store: S3Bucket, key: string, { condition, inTime }: DeleteOptions): Promise<void> {
  try {
    const command = new DeleteObjectCommand({ ...place(store, key), ...onCondition(condition) });
    await store.client.send(inTimeOnly(command, key, inTime));
  } catch (error) {
    const url = locate(store, key);
    if (!isNotFound(error)) throw toS3Error(error, "delete", url);
    // Gone after a repetition: the attempt before it may have deleted it.
    if (condition === undefined || wasRetried(error)) return;
    throw new BronzeError("SINK_CONFLICT", `can't delete ${url}: the object is gone`, { context: { key }, cause: error });
  }
}
