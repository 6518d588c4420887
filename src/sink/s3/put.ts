import { crc32 } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { CreateOptions, ObjectInfo, PutOptions, Timely } from "../sink.ts";
import { crcText, onCondition, place, type S3Bucket, storedAs, writtenInfo } from "./bucket.ts";
import type { Held } from "./head.ts";
import { inTimeOnly } from "./in-time.ts";
import { publishObject } from "./publish.ts";

export interface PutRequest extends Pick<CreateOptions, "contentType" | "metadata">, Pick<PutOptions, "condition">, Timely {
  readonly token: string;
  /** An earlier put of the same token ended without telling whether it worked. */
  readonly inDoubt?: boolean;
}

/** One PutObject. The store checks length and CRC before the object becomes visible, and says the CRC again. */
export function putObject(store: S3Bucket, key: string, body: Uint8Array, request: PutRequest): Promise<ObjectInfo> {
  const { token, condition, inDoubt = false, inTime } = request;
  const checksum = store.checksums === "none" ? undefined : crcText(crc32(body));
  const command = {
    ...place(store, key),
    ...storedAs(store, request),
    ...onCondition(condition),
    Body: body,
    ContentLength: body.byteLength,
    ...(checksum === undefined ? {} : { ChecksumCRC32: checksum }),
  };
  const send = async (): Promise<Held> => {
    const reply = await store.client.send(inTimeOnly(new PutObjectCommand(command), key, inTime));
    return { info: writtenInfo(store, key, body.byteLength, token, reply), checksum: reply.ChecksumCRC32 };
  };
  return publishObject({ store, key, token, condition, operation: "write", inDoubt, checksum, send });
}
