import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import type { CreateOptions, ObjectInfo } from "../sink.ts";
import { crcText, locate, onCondition, place, type S3Bucket, storedAs, writtenInfo } from "./bucket.ts";
import { isNotFound, toS3Error } from "./errors.ts";
import type { Held } from "./head.ts";
import { inTimeOnly } from "./in-time.ts";
import { assertChecksum, publishObject } from "./publish.ts";
import type { PutRequest } from "./put.ts";

/** One multipart upload at the store: four requests, each with its checksums, its errors and its way of being repeated. */
export interface MultipartUpload {
  readonly id: string;
  uploadPart(partNumber: number, body: Uint8Array, crc: number, signal: AbortSignal): Promise<CompletedPart>;
  /** Publishes the object; the store first compares the whole object's length and CRC with these. */
  complete(whole: WholeObject, request: Pick<PutRequest, "condition" | "inDoubt" | "inTime">): Promise<ObjectInfo>;
  /** Removes all parts. Safe to repeat. */
  abort(): Promise<void>;
}

export interface WholeObject {
  /** In their order. */
  readonly parts: readonly CompletedPart[];
  readonly bytes: number;
  readonly crc: number;
}

/** Without its id an upload can't be aborted, so a write that is cancelled still waits for it, but not for ever. */
const ID_GRACE_MS = 5_000;

/** Checksums are CRC32 of the FULL_OBJECT kind: one value that doesn't depend on the parts, and that every reader can recompute. */
export async function startUpload(
  store: S3Bucket,
  key: string,
  options: CreateOptions & { readonly token: string },
  signal: AbortSignal,
): Promise<MultipartUpload> {
  const url = locate(store, key);
  const object = place(store, key);
  const whole = store.checksums === "none" ? {} : ({ ChecksumType: "FULL_OBJECT" } as const);
  let id: string;
  try {
    const created = await store.client.send(
      new CreateMultipartUploadCommand({
        ...object,
        ...storedAs(store, options),
        ...(store.checksums === "none" ? {} : { ChecksumAlgorithm: "CRC32" as const }),
        ...whole,
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
      const checksum = store.checksums === "none" ? undefined : { ChecksumCRC32: crcText(crc) };
      const part = { ...upload, ...checksum, PartNumber: partNumber, Body: body, ContentLength: body.byteLength };
      try {
        const reply = await store.client.send(new UploadPartCommand(part), { abortSignal: signal });
        if (reply.ETag === undefined) throw new Error("the store gave no ETag for a part");
        assertChecksum(url, checksum?.ChecksumCRC32, reply.ChecksumCRC32);
        return { PartNumber: partNumber, ETag: reply.ETag, ...checksum };
      } catch (error) {
        throw toS3Error(error, `upload part ${partNumber} of`, url);
      }
    },

    complete: ({ parts, bytes, crc }, { condition, inDoubt = false, inTime }) => {
      const checksum = store.checksums === "none" ? undefined : { ChecksumCRC32: crcText(crc) };
      const command = {
        ...upload,
        ...onCondition(condition),
        MultipartUpload: { Parts: [...parts] },
        MpuObjectSize: bytes,
        ...checksum,
        ...whole,
      };
      const send = async (): Promise<Held> => {
        const reply = await store.client.send(inTimeOnly(new CompleteMultipartUploadCommand(command), key, inTime));
        return { info: writtenInfo(store, key, bytes, options.token, reply), checksum: reply.ChecksumCRC32 };
      };
      const publication = { store, key, token: options.token, condition, operation: "finish the upload of", inDoubt, send };
      return publishObject({ ...publication, checksum: checksum?.ChecksumCRC32 });
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
