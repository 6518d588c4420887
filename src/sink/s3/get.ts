import { GetObjectCommand } from "@aws-sdk/client-s3";
import pRetry from "p-retry";
import type { ByteRange } from "../range.ts";
import type { StoredObject } from "../sink.ts";
import { infoOf, locate, place, type S3Bucket } from "./bucket.ts";
import { isNotFound, toS3Error } from "./errors.ts";
import { headObject } from "./head.ts";

class BodyLost extends Error {}

/** One GetObject, of the whole or of a range that isn't empty. A range that begins beyond the end is an empty body. */
export function getObject(store: S3Bucket, key: string, range?: ByteRange): Promise<StoredObject | null> {
  // A body that breaks off is past the SDK's own retries.
  return pRetry(() => getOnce(store, key, range), {
    retries: 3,
    minTimeout: 100,
    maxTimeout: 5_000,
    randomize: true,
    shouldRetry: ({ error }) => error instanceof BodyLost,
  }).catch((error) => {
    throw error instanceof BodyLost ? toS3Error(error.cause, "read", locate(store, key)) : error;
  });
}

async function getOnce(store: S3Bucket, key: string, range: ByteRange | undefined): Promise<StoredObject | null> {
  try {
    const wanted = range === undefined ? {} : { Range: rangeHeader(range) };
    const reply = await store.client.send(new GetObjectCommand({ ...place(store, key), ...wanted }));
    const body = await wholeBody(reply.Body!, reply.ContentLength);
    const total = /\/(\d+)$/.exec(reply.ContentRange ?? "")?.[1];
    return { body, info: infoOf(store, key, total === undefined ? body.byteLength : Number(total), reply) };
  } catch (error) {
    if (error instanceof BodyLost) throw error;
    if (isNotFound(error)) return null;
    if (error instanceof Error && error.name === "InvalidRange") return nothingOf(store, key);
    throw toS3Error(error, "read", locate(store, key));
  }
}

/** No range fits beyond the end, nor in an object of no bytes. */
async function nothingOf(store: S3Bucket, key: string): Promise<StoredObject | null> {
  const info = await headObject(store, key);
  return info === null ? null : { body: new Uint8Array(0), info };
}

function rangeHeader({ start, end }: ByteRange): string {
  return start < 0 ? `bytes=${start}` : `bytes=${start}-${end === undefined ? "" : end - 1}`;
}

async function wholeBody(body: { transformToByteArray(): Promise<Uint8Array> }, bytes: number | undefined): Promise<Uint8Array> {
  try {
    const read = await body.transformToByteArray();
    if (bytes !== undefined && read.byteLength !== bytes) throw new Error(`aborted: ${read.byteLength} of ${bytes} bytes came`);
    return read;
  } catch (error) {
    throw new BodyLost("the body broke off", { cause: error });
  }
}
