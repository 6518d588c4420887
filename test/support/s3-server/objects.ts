import { receiveBody, receiveText } from "./body.ts";
import { S3Error } from "./errors.ts";
import { type Exchange, type Handler, type Reply, xmlReply } from "./reply.ts";
import { type Bucket, keptHeaders, type StoredObject } from "./store.ts";
import { elements, textOf } from "./xml.ts";

/**
 * `If-None-Match: *` and `If-Match: etag` of PutObject and CompleteMultipartUpload ("Conditional writes" in the S3 user guide), and
 * `If-Match` of DeleteObject.
 */
export function checkCondition({ request, facts }: Exchange, bucket: Bucket): void {
  const current = bucket.objects.get(facts.key);
  if (request.headers["if-none-match"] === "*" && current !== undefined) throw new S3Error(412, "PreconditionFailed");
  const wanted = request.headers["if-match"];
  if (wanted === undefined) return;
  if (current === undefined) throw new S3Error(404, "NoSuchKey");
  if (current.etag !== wanted && current.etag !== `"${wanted}"`) throw new S3Error(412, "PreconditionFailed");
}

export function checksumHeaders(object: StoredObject): Record<string, string> {
  if (object.checksum === null) return {};
  const { algorithm, value, type } = object.checksum;
  return { [`x-amz-checksum-${algorithm}`]: value, "x-amz-checksum-type": type };
}

export const putObject: Handler = async (exchange) => {
  const { request, facts, store, payloadHash } = exchange;
  const bucket = store.bucket(facts.bucket);
  const body = await receiveBody(request, payloadHash, store.newPath(), "crc64nvme");
  await exchange.arrived();
  checkCondition(exchange, bucket);
  const object: StoredObject = {
    bodies: [body],
    bytes: body.bytes,
    etag: `"${body.md5}"`,
    modified: new Date(),
    checksum: body.checksum === null ? null : { ...body.checksum, type: "FULL_OBJECT" },
    headers: keptHeaders(request.headers),
  };
  const replaced = bucket.objects.get(facts.key);
  bucket.objects.set(facts.key, object);
  if (replaced !== undefined) await store.discard(replaced.bodies);
  return { status: 200, headers: { etag: object.etag, ...object.headers, ...checksumHeaders(object) } };
};

function objectHeaders(exchange: Exchange, object: StoredObject): Record<string, string> {
  return {
    etag: object.etag,
    "last-modified": object.modified.toUTCString(),
    "accept-ranges": "bytes",
    "content-type": "application/octet-stream",
    ...object.headers,
    ...(exchange.request.headers["x-amz-checksum-mode"] === "ENABLED" ? checksumHeaders(object) : {}),
  };
}

function find({ facts, store }: Exchange): StoredObject {
  const object = store.bucket(facts.bucket).objects.get(facts.key);
  if (object === undefined) throw new S3Error(404, "NoSuchKey", "The specified key does not exist.");
  return object;
}

export const headObject: Handler = async (exchange) => {
  const object = find(exchange);
  return { status: 200, headers: { ...objectHeaders(exchange, object), "content-length": object.bytes } };
};

export const getObject: Handler = async (exchange): Promise<Reply> => {
  const object = find(exchange);
  const headers = objectHeaders(exchange, object);
  const range = /^bytes=(\d*)-(\d*)$/.exec(exchange.request.headers.range ?? "");
  if (range === null) {
    return {
      status: 200,
      headers: { ...headers, "content-length": object.bytes },
      body: { object, start: 0, end: object.bytes },
    };
  }
  const [, first = "", last = ""] = range;
  const start = first === "" ? Math.max(0, object.bytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? object.bytes : Math.min(Number(last) + 1, object.bytes);
  if (start >= end) throw new S3Error(416, "InvalidRange", "The requested range is not satisfiable");
  // The checksum is that of the whole object, so S3 leaves it out of a part's reply.
  const { "x-amz-checksum-type": _, ...rest } = headers;
  for (const name of Object.keys(rest)) if (name.startsWith("x-amz-checksum-")) delete rest[name];
  return {
    status: 206,
    headers: { ...rest, "content-length": end - start, "content-range": `bytes ${start}-${end - 1}/${object.bytes}` },
    body: { object, start, end },
  };
};

export const deleteObject: Handler = async (exchange) => {
  const { facts, store } = exchange;
  const bucket = store.bucket(facts.bucket);
  await exchange.arrived();
  checkCondition(exchange, bucket);
  const { objects } = bucket;
  const object = objects.get(facts.key);
  objects.delete(facts.key);
  if (object !== undefined) await store.discard(object.bodies);
  return { status: 204 };
};

export const deleteObjects: Handler = async ({ request, facts, store, payloadHash }) => {
  const proved = Object.keys(request.headers).some((name) => name === "content-md5" || name.startsWith("x-amz-checksum-"));
  if (!proved) throw new S3Error(400, "InvalidRequest", "Missing required header for this request: Content-MD5");
  const { objects } = store.bucket(facts.bucket);
  const keys = elements(await receiveText(request, payloadHash), "Object").map((object) => textOf(object, "Key")!);
  for (const key of keys) {
    const object = objects.get(key);
    objects.delete(key);
    if (object !== undefined) await store.discard(object.bodies);
  }
  return xmlReply({ DeleteResult: { Deleted: keys.map((Key) => ({ Key })) } });
};

export const createBucket: Handler = async ({ facts, store }) => {
  if (store.buckets.has(facts.bucket)) throw new S3Error(409, "BucketAlreadyOwnedByYou");
  store.buckets.set(facts.bucket, { objects: new Map(), uploads: new Map() });
  return { status: 200, headers: { location: `/${facts.bucket}` } };
};

export const headBucket: Handler = async ({ facts, store }) => {
  store.bucket(facts.bucket);
  return { status: 200 };
};

/** As S3 answers where there is none. */
export const getBucketLifecycle: Handler = async ({ facts, store }) => {
  const { uploadsEndAfterDays: days } = store.bucket(facts.bucket);
  if (days === undefined) throw new S3Error(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  const rule = {
    ID: "uploads",
    Status: "Enabled",
    Filter: { Prefix: "" },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: days },
  };
  return xmlReply({ LifecycleConfiguration: { Rule: [rule] } });
};
