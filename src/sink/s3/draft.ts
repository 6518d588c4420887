import { crc32 } from "node:zlib";
import type { CompletedPart } from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import type { CreateOptions, ObjectInfo, Sealed } from "../sink.ts";
import type { Draft } from "../writer.ts";
import { locate, type S3Bucket } from "./bucket.ts";
import { headObject } from "./head.ts";
import { firstPartBytes, MAX_PARTS, partBytes } from "./parts.ts";
import { putObject } from "./put.ts";
import { type MultipartUpload, startUpload } from "./upload.ts";

export interface UploadLimits {
  /** Size of the first parts; also what goes in one PutObject. */
  readonly partBytes: number;
  /** Part buffers held at once: one is filled while the others are on their way. */
  readonly buffers: number;
}

/**
 * An object that is streamed to S3. Chunks are copied into part buffers, which are used again and again: a part is one body in memory, so
 * a failed request can be repeated, and memory is `buffers` × the size of a part. An object that fits in one part is one PutObject.
 */
export function openS3Draft(
  store: S3Bucket,
  key: string,
  options: CreateOptions & { readonly token: string },
  limits: UploadLimits,
): Draft {
  const { token } = options;
  const firstBytes = firstPartBytes(limits.partBytes, options.expectedBytes);
  const cancelled = new AbortController();
  const parts: CompletedPart[] = [];
  const sending = new Set<Promise<void>>();
  const free: Uint8Array[] = [];
  let failure: unknown;
  let upload: MultipartUpload | null = null;
  let buffer: Uint8Array | null = null;
  let filled = 0;
  let partNumber = 1;
  let sentBytes = 0;
  let crc = 0;
  /** True when a publication failed that may have taken effect, or may still. */
  let inDoubt = false;

  async function takeBuffer(): Promise<Uint8Array> {
    const needed = partBytes(partNumber, sentBytes, firstBytes);
    while (sending.size >= limits.buffers) await Promise.race(sending);
    if (failure !== undefined) throw failure;
    const used = free.pop();
    // Never touched memory costs nothing, so a small object doesn't pay for a whole part.
    return used !== undefined && used.byteLength === needed ? used : Buffer.allocUnsafeSlow(needed);
  }

  /** Sends the filled buffer as the next part, and lets the caller go on. */
  async function sendPart(): Promise<void> {
    if (partNumber > MAX_PARTS) throw new Error(`${key} is larger than S3 can hold`);
    const whole = buffer!;
    const body = whole.subarray(0, filled);
    const number = partNumber++;
    buffer = null;
    filled = 0;
    sentBytes += body.byteLength;
    crc = crc32(body, crc);
    upload ??= await startUpload(store, key, options, cancelled.signal);
    const sent = upload.uploadPart(number, body, crc32(body), cancelled.signal).then(
      (part) => {
        parts.push(part);
        free.push(whole);
      },
      (error) => {
        // The first failure is the cause; those that follow are its echo.
        failure ??= error;
        cancelled.abort();
      },
    );
    const tracked = sent.finally(() => sending.delete(tracked));
    sending.add(tracked);
  }

  return {
    append: async (chunk) => {
      for (let offset = 0; offset < chunk.byteLength; ) {
        if (buffer !== null && filled === buffer.byteLength) await sendPart();
        buffer ??= await takeBuffer();
        const piece = chunk.subarray(offset, offset + buffer.byteLength - filled);
        buffer.set(piece, filled);
        filled += piece.byteLength;
        offset += piece.byteLength;
      }
      if (failure !== undefined) throw failure;
    },

    seal: async (): Promise<Sealed> => {
      const bytes = sentBytes + filled;
      if (upload !== null) {
        if (filled > 0) await sendPart();
        await Promise.all(sending);
        if (failure !== undefined) throw failure;
        parts.sort((a, b) => a.PartNumber! - b.PartNumber!);
      }
      free.length = 0;
      return { bytes, token };
    },

    publish: async (condition, inTime): Promise<ObjectInfo> => {
      try {
        if (upload !== null) return await upload.complete({ parts, bytes: sentBytes, crc }, { condition, inDoubt, inTime });
        const body = buffer?.subarray(0, filled) ?? new Uint8Array(0);
        return await putObject(store, key, body, { ...options, condition, inDoubt, inTime });
      } catch (error) {
        inDoubt ||= leavesDoubt(error);
        throw error;
      }
    },

    cancel: () => cancelled.abort(),

    discard: async () => {
      cancelled.abort();
      const interrupted = sending.size > 0 || failure !== undefined;
      await Promise.all(sending);
      buffer = null;
      free.length = 0;
      await upload?.abort();
      // A part that was cut off here may still have arrived there, after the first abort.
      if (interrupted) await upload?.abort();
      if (inDoubt) await assertAbsent(store, key, token, upload === null);
    },
  };
}

/** An object whose checksum came back wrong is there. */
function leavesDoubt(error: unknown): boolean {
  return error instanceof BronzeError && (error.context["outcome"] === "unknown" || error.code === "SINK_CHECKSUM");
}

/**
 * Without its upload a Complete has no effect, but a PutObject can't be called back.
 * @throws BronzeError when the object is there, or may come
 */
async function assertAbsent(store: S3Bucket, key: string, token: string, mayCome: boolean): Promise<void> {
  const url = locate(store, key);
  const isThere = (await headObject(store, key))?.token === token;
  if (!isThere && !mayCome) return;
  const says = isThere ? "is there all the same" : "may still appear within the next 15 minutes";
  throw new BronzeError("SINK_FAILED", `${url} ${says}: the answer to its write was lost`, { context: { url } });
}
