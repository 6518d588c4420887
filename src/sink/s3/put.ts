import { crc32 } from "node:zlib";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import type { ObjectInfo, PutOptions } from "../sink.ts";
import { crcText, infoOf, locate, place, type S3Bucket, storedAs } from "./bucket.ts";
import { isNotFound, toS3Error, wasRetried } from "./errors.ts";

export interface PutRequest extends PutOptions {
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal;
}

/** One PutObject. The store checks length and CRC before the object becomes visible, and says the CRC again. */
export async function putObject(store: S3Bucket, key: string, body: Uint8Array, options: PutRequest): Promise<ObjectInfo> {
  const checksum = crcText(crc32(body));
  const { condition } = options;
  try {
    const reply = await store.client.send(
      new PutObjectCommand({
        ...place(store, key),
        ...storedAs(store, options.contentType, options.metadata),
        Body: body,
        ContentLength: body.byteLength,
        ChecksumCRC32: checksum,
        ...(condition === "absent" ? { IfNoneMatch: "*" } : condition === undefined ? {} : { IfMatch: condition.etag }),
      }),
      options.signal === undefined ? {} : { abortSignal: options.signal },
    );
    await confirm(store, key, checksum, reply.ChecksumCRC32);
    return infoOf(key, body.byteLength, reply.ETag, undefined);
  } catch (error) {
    const failure = conditionLost(error, condition, store, key) ?? toS3Error(error, "write", locate(store, key));
    const stored = answerLost(failure, error) ? await ours(store, key, body.byteLength, checksum) : null;
    if (stored === null) throw failure;
    return stored;
  }
}

/** The request may have done its work and lost its answer: it failed on the way, or met its own earlier attempt. */
export function answerLost(failure: BronzeError, error: unknown): boolean {
  return (failure.code === "SINK_FAILED" && failure.retryable) || (failure.code === "SINK_CONFLICT" && wasRetried(error));
}

/** With `If-Match`, an object that is gone answers 404. */
function conditionLost(error: unknown, condition: PutOptions["condition"], store: S3Bucket, key: string): BronzeError | null {
  if (typeof condition !== "object" || !isNotFound(error)) return null;
  return new BronzeError("SINK_CONFLICT", `can't write ${locate(store, key)}: the object is gone`, {
    context: { key },
    cause: error,
  });
}

/** The object, when it is of that length and CRC: then it is the one that was being written. Null also when nobody can tell. */
export async function ours(store: S3Bucket, key: string, bytes: number, checksum: string): Promise<ObjectInfo | null> {
  const head = await store.client
    .send(new HeadObjectCommand({ ...place(store, key), ChecksumMode: "ENABLED" }))
    .catch(() => null);
  if (head === null || head.ContentLength !== bytes || head.ChecksumCRC32 !== checksum) return null;
  return infoOf(key, bytes, head.ETag, head.LastModified);
}

/** Compares the store's CRC with ours; an object that differs is removed again. A store that doesn't say one is believed. */
export async function confirm(store: S3Bucket, key: string, sent: string, said: string | undefined): Promise<void> {
  if (said === undefined || said === sent || said.includes("-")) return;
  await store.client.send(new DeleteObjectCommand(place(store, key))).catch(() => {});
  throw checksumDiffers(locate(store, key), sent, said);
}

export function checksumDiffers(url: string, sent: string, said: string): BronzeError {
  return new BronzeError(
    "SINK_CHECKSUM",
    `can't write ${url}: the store holds other bytes than were sent (CRC32 ${said}, not ${sent})`,
    {
      hint: "Run it again; if it comes back, suspect a proxy or memory.",
      retryable: true,
      context: { url },
    },
  );
}
