import { crc32 } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import type { CreateOptions, ObjectInfo, PutOptions } from "../sink.ts";
import { crcText, locate, onCondition, place, type S3Bucket, storedAs, writtenInfo } from "./bucket.ts";
import { publishObject } from "./publish.ts";

export interface PutRequest extends Pick<CreateOptions, "contentType" | "metadata">, Pick<PutOptions, "condition"> {
  readonly token: string;
  /** An earlier put of the same token ended without telling whether it worked. */
  readonly inDoubt?: boolean;
}

/** One PutObject. The store checks length and CRC before the object becomes visible, and says the CRC again. */
export function putObject(store: S3Bucket, key: string, body: Uint8Array, request: PutRequest): Promise<ObjectInfo> {
  const { token, condition, inDoubt = false } = request;
  const checksum = store.checksums === "none" ? undefined : crcText(crc32(body));
  const command = {
    ...place(store, key),
    ...storedAs(store, request),
    ...onCondition(condition),
    Body: body,
    ContentLength: body.byteLength,
    ...(checksum === undefined ? {} : { ChecksumCRC32: checksum }),
  };
  const send = async (): Promise<ObjectInfo> => {
    const reply = await store.client.send(new PutObjectCommand(command));
    assertChecksum(locate(store, key), checksum, reply.ChecksumCRC32);
    return writtenInfo(store, key, body.byteLength, token, reply);
  };
  return publishObject({ store, key, token, condition, operation: "write", inDoubt, send });
}

/**
 * Compares the store's CRC with ours. A store that doesn't say one, or says one of the parts' CRCs, is believed.
 * @throws BronzeError SINK_CHECKSUM; the object is there, and stays until somebody replaces it
 */
export function assertChecksum(url: string, sent: string | undefined, said: string | undefined): void {
  if (sent === undefined || said === undefined || said === sent || said.includes("-")) return;
  throw new BronzeError(
    "SINK_CHECKSUM",
    `can't write ${url}: the store holds other bytes than were sent (CRC32 ${said}, not ${sent})`,
    {
      hint: "Run it again; if it comes back, suspect a proxy or memory.",
      retryable: true,
      context: { url },
    },
  );
}
