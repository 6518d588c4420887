import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import pRetry from "p-retry";
import { BronzeError } from "../../model/errors.ts";
import { assertKey, assertPrefix } from "../key.ts";
import { assertRange, type ByteRange } from "../range.ts";
import type { ObjectInfo, Sink } from "../sink.ts";
import { toWriter } from "../writer.ts";
import { infoOf, locate, place, type S3Bucket } from "./bucket.ts";
import { connect, type S3ConnectionOptions } from "./client.ts";
import { openS3Draft } from "./draft.ts";
import { isNotFound, toS3Error } from "./errors.ts";
import { MIN_PART_BYTES } from "./parts.ts";
import { putObject } from "./put.ts";

export interface S3SinkOptions extends S3ConnectionOptions {
  readonly storageClass?: string | undefined;
  /** Key id, alias or ARN for SSE-KMS. Default: the bucket's own encryption. */
  readonly kmsKeyId?: string | undefined;
  /** Size of an upload's first parts. Default 16 MiB, at least 5 MiB. */
  readonly partBytes?: number | undefined;
  /** Part buffers held by one writer: memory is this many parts. Default 2, at least 2. */
  readonly partBuffers?: number | undefined;
}

/** Objects under `prefix` (`""`, or without its closing `/`) of an S3 bucket, or of a store that speaks S3. */
export function openS3Sink(bucket: string, prefix: string, options: S3SinkOptions = {}): Sink {
  const { client, requests } = connect(options);
  const { storageClass, kmsKeyId } = options;
  const store: S3Bucket = { client, bucket, prefix: prefix === "" ? "" : `${prefix}/`, storageClass, kmsKeyId };
  const limits = {
    partBytes: Math.max(options.partBytes ?? 16 << 20, MIN_PART_BYTES),
    buffers: Math.max(options.partBuffers ?? 2, 2),
  };

  return {
    url: prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`,
    requests,

    create: async (key, create = {}) => {
      assertKey(key);
      if (create.ifExists === "fail" && (await head(store, key)) !== null) {
        throw new BronzeError("SINK_CONFLICT", `${locate(store, key)} exists already`, { context: { key } });
      }
      return toWriter(openS3Draft(store, key, create, limits), key, create.signal);
    },

    put: async (key, body, put = {}) => {
      assertKey(key);
      return putObject(store, key, body, put);
    },

    read: async (key, range) => {
      assertKey(key);
      if (range !== undefined) assertRange(range);
      // A body that breaks off is past the SDK's own retries.
      return pRetry(() => readOnce(store, key, range), {
        retries: 3,
        minTimeout: 100,
        maxTimeout: 5_000,
        randomize: true,
        shouldRetry: ({ error }) => error instanceof BodyLost,
      }).catch((error) => {
        throw error instanceof BodyLost ? toS3Error(error.cause, "read", locate(store, key)) : error;
      });
    },

    head: async (key) => {
      assertKey(key);
      return head(store, key);
    },

    list: (prefix) => {
      assertPrefix(prefix);
      return objects(store, prefix);
    },

    listFolders: (prefix) => {
      assertPrefix(prefix);
      return folders(store, prefix);
    },

    delete: async (key) => {
      assertKey(key);
      try {
        await client.send(new DeleteObjectCommand(place(store, key)));
      } catch (error) {
        if (!isNotFound(error)) throw toS3Error(error, "delete", locate(store, key));
      }
    },

    locate: (key) => {
      assertKey(key);
      return locate(store, key);
    },

    close: async () => client.destroy(),
  };
}

async function head(store: S3Bucket, key: string): Promise<ObjectInfo | null> {
  try {
    const reply = await store.client.send(new HeadObjectCommand(place(store, key)));
    return infoOf(key, reply.ContentLength ?? 0, reply.ETag, reply.LastModified);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw toS3Error(error, "look at", locate(store, key));
  }
}

class BodyLost extends Error {}

async function readOnce(store: S3Bucket, key: string, range: ByteRange | undefined): Promise<Uint8Array | null> {
  if (range !== undefined && range.start === range.end) return (await head(store, key)) === null ? null : new Uint8Array(0);
  const wanted =
    range === undefined
      ? undefined
      : range.start < 0
        ? `bytes=${range.start}`
        : `bytes=${range.start}-${range.end === undefined ? "" : range.end - 1}`;
  try {
    const reply = await store.client.send(
      new GetObjectCommand({ ...place(store, key), ...(wanted === undefined ? {} : { Range: wanted }) }),
    );
    return await wholeBody(reply.Body!, reply.ContentLength);
  } catch (error) {
    if (error instanceof BodyLost) throw error;
    if (isNotFound(error)) return null;
    if (error instanceof Error && error.name === "InvalidRange") return new Uint8Array(0);
    throw toS3Error(error, "read", locate(store, key));
  }
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

async function* pages(store: S3Bucket, prefix: string, delimiter?: string): AsyncGenerator<ListObjectsV2CommandOutput> {
  try {
    yield* paginateListObjectsV2(
      { client: store.client },
      { Bucket: store.bucket, Prefix: store.prefix + prefix, ...(delimiter === undefined ? {} : { Delimiter: delimiter }) },
    );
  } catch (error) {
    throw toS3Error(error, "list", `s3://${store.bucket}/${store.prefix}${prefix}`);
  }
}

async function* objects(store: S3Bucket, prefix: string): AsyncGenerator<ObjectInfo> {
  for await (const page of pages(store, prefix)) {
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
      // "Folders" that consoles make are empty objects whose key ends in "/".
      if (!Key!.endsWith("/")) yield infoOf(Key!.slice(store.prefix.length), Size ?? 0, ETag, LastModified);
    }
  }
}

async function* folders(store: S3Bucket, prefix: string): AsyncGenerator<string> {
  for await (const page of pages(store, prefix, "/")) {
    for (const { Prefix } of page.CommonPrefixes ?? []) yield Prefix!.slice(store.prefix.length);
  }
}
