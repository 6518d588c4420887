import { randomUUID } from "node:crypto";
import { HeadBucketCommand, type ListObjectsV2CommandOutput, paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { BronzeError } from "../../model/errors.ts";
import { assertKey, assertPrefix } from "../key.ts";
import { assertRange, tailRange } from "../range.ts";
import type { ObjectInfo, Sink } from "../sink.ts";
import { toWriter } from "../writer.ts";
import { infoOf, locate, type S3Bucket } from "./bucket.ts";
import { connect, type S3ConnectionOptions } from "./client.ts";
import { deleteObject } from "./delete.ts";
import { openS3Draft } from "./draft.ts";
import { toS3Error } from "./errors.ts";
import { getObject } from "./get.ts";
import { headObject } from "./head.ts";
import { uploadsEndAfterDays } from "./lifecycle.ts";
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
  const { client, requests, clock } = connect(options);
  const { storageClass, kmsKeyId, checksums = "crc32" } = options;
  const folder = prefix === "" ? "" : `${prefix}/`;
  const store: S3Bucket = { client, bucket, prefix: folder, storageClass, kmsKeyId, checksums, clock };
  const limits = {
    partBytes: Math.max(options.partBytes ?? 16 << 20, MIN_PART_BYTES),
    buffers: Math.max(options.partBuffers ?? 2, 2),
  };

  return {
    url: prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`,
    requests,

    create: async (key, create = {}) => {
      assertKey(key);
      const draft = openS3Draft(store, key, { ...create, token: create.token ?? randomUUID() }, limits);
      return toWriter(draft, key, create.signal);
    },

    put: async (key, body, { condition, contentType } = {}) => {
      assertKey(key);
      return putObject(store, key, body, {
        token: randomUUID(),
        condition,
        ...(contentType === undefined ? {} : { contentType }),
      });
    },

    get: async (key) => {
      assertKey(key);
      return getObject(store, key);
    },

    tail: async (key, bytes) => {
      assertKey(key);
      return getObject(store, key, tailRange(bytes));
    },

    read: async (key, range) => {
      assertKey(key);
      if (range !== undefined) assertRange(range);
      if (range !== undefined && range.start === range.end) {
        return (await headObject(store, key)) === null ? null : new Uint8Array(0);
      }
      return (await getObject(store, key, range))?.body ?? null;
    },

    head: async (key) => {
      assertKey(key);
      return headObject(store, key);
    },

    list: (prefix) => {
      assertPrefix(prefix);
      return objects(store, prefix);
    },

    listFolders: (prefix) => {
      assertPrefix(prefix);
      return folders(store, prefix);
    },

    delete: async (key, options = {}) => {
      assertKey(key);
      await deleteObject(store, key, options);
    },

    now: async () => {
      if (!clock.isSet) await askTime(store);
      return clock.now();
    },

    uploadsEndAfterDays: () => uploadsEndAfterDays(store),

    locate: (key) => {
      assertKey(key);
      return locate(store, key);
    },

    close: async () => client.destroy(),
  };
}

/** One request whose answer tells the time, whatever else it says: the bucket may be another's to look at. */
async function askTime(store: S3Bucket): Promise<void> {
  const url = `s3://${store.bucket}`;
  let cause: unknown;
  await store.client.send(new HeadBucketCommand({ Bucket: store.bucket })).catch((error) => {
    cause = error;
  });
  if (store.clock.isSet) return;
  if (cause !== undefined) throw toS3Error(cause, "ask the time of", url);
  throw new BronzeError("SINK_INVALID", `${url} does not tell the time: its replies have no Date header`, {
    hint: "Leases are measured by the store's clock. Is a proxy in between that removes headers?",
  });
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
      if (!Key!.endsWith("/")) yield infoOf(store, Key!.slice(store.prefix.length), Size ?? 0, { ETag, LastModified });
    }
  }
}

async function* folders(store: S3Bucket, prefix: string): AsyncGenerator<string> {
  for await (const page of pages(store, prefix, "/")) {
    for (const { Prefix } of page.CommonPrefixes ?? []) yield Prefix!.slice(store.prefix.length);
  }
}
