import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import type { CreateOptions, ObjectInfo } from "../sink.ts";
import { crcText, infoOf, locate, place, type S3Bucket, storedAs } from "./bucket.ts";
import { isNotFound, toS3Error, wasRetried } from "./errors.ts";
import { answerLost, checksumDiffers, confirm, ours } from "./put.ts";

/** One multipart upload at the store: four requests, each with its checksums, its errors and its way of being repeated. */
export interface MultipartUpload {
  readonly id: string;
  uploadPart(partNumber: number, body: Uint8Array, crc: number, signal: AbortSignal): Promise<CompletedPart>;
  /** Publishes the object; the store first compares the whole object's length and CRC with these. */
  complete(parts: readonly CompletedPart[], bytes: number, crc: number, signal: AbortSignal): Promise<ObjectInfo>;
  /** Removes all parts. Safe to repeat. */
  abort(): Promise<void>;
}

/** Without its id an upload can't be aborted, so a write that is cancelled still waits for it, but not for ever. */
const ID_GRACE_MS = 5_000;

/** Checksums are CRC32 of the FULL_OBJECT kind: one value that doesn't depend on the parts, and that every reader can recompute. */
export async function startUpload(
  store: S3Bucket,
  key: string,
  options: CreateOptions,
  signal: AbortSignal,
): Promise<MultipartUpload> {
  const url = locate(store, key);
  const object = place(store, key);
  let id: string;
  try {
    const created = await store.client.send(
      new CreateMultipartUploadCommand({
        ...object,
        ...storedAs(store, options.contentType, options.metadata),
        ChecksumAlgorithm: "CRC32",
        ChecksumType: "FULL_OBJECT",
      }),
      { abortSignal: delayed(signal, ID_GRACE_MS) },
    );
    if (created.UploadId === undefined) throw new Error("the store gave no upload id");
    id = created.UploadId;
  } catch (error) {
    throw toS3Error(error, "begin an upload to", url);
  }
  const upload = { ...object, UploadId: id };

  return {
    id,
    uploadPart: async (partNumber, body, crc, signal) => {
      const checksum = crcText(crc);
      try {
        const reply = await store.client.send(
          new UploadPartCommand({
            ...upload,
            PartNumber: partNumber,
            Body: body,
            ContentLength: body.byteLength,
            ChecksumCRC32: checksum,
          }),
          { abortSignal: signal },
        );
        if (reply.ETag === undefined) throw new Error("the store gave no ETag for a part");
        if (reply.ChecksumCRC32 !== undefined && reply.ChecksumCRC32 !== checksum)
          throw checksumDiffers(url, checksum, reply.ChecksumCRC32);
        return { PartNumber: partNumber, ETag: reply.ETag, ChecksumCRC32: checksum };
      } catch (error) {
        throw toS3Error(error, `upload part ${partNumber} of`, url);
      }
    },

    complete: async (parts, bytes, crc, signal) => {
      const checksum = crcText(crc);
      try {
        const reply = await store.client.send(
          new CompleteMultipartUploadCommand({
            ...upload,
            MultipartUpload: { Parts: [...parts] },
            ChecksumCRC32: checksum,
            ChecksumType: "FULL_OBJECT",
            MpuObjectSize: bytes,
            ...(options.ifExists === "fail" ? { IfNoneMatch: "*" } : {}),
          }),
          { abortSignal: signal },
        );
        await confirm(store, key, checksum, reply.ChecksumCRC32);
        return infoOf(key, bytes, reply.ETag, undefined);
      } catch (error) {
        const failure = toS3Error(error, "finish the upload of", url);
        const lost = answerLost(failure, error) || (isNotFound(error) && wasRetried(error));
        const stored = lost ? await ours(store, key, bytes, checksum) : null;
        if (stored === null) throw failure;
        return stored;
      }
    },

    abort: async () => {
      try {
        await store.client.send(new AbortMultipartUploadCommand(upload));
      } catch (error) {
        if (isNotFound(error)) return;
        const failure = toS3Error(error, "abort the upload of", url);
        throw new BronzeError(failure.code, `${failure.message}; upload ${id} is still open`, {
          retryable: failure.retryable,
          hint: "A lifecycle rule that aborts incomplete uploads removes it.",
          context: { ...failure.context, upload_id: id },
          cause: error,
        });
      }
    },
  };
}

/** A signal that fires some time after another one. */
function delayed(signal: AbortSignal, delayMs: number): AbortSignal {
  const late = new AbortController();
  const wait = (): void => void setTimeout(() => late.abort(), delayMs).unref();
  if (signal.aborted) wait();
  else signal.addEventListener("abort", wait, { once: true });
  return late.signal;
}
