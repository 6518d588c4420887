import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { S3Error } from "./errors.ts";
import { createFaults, type Fault, type Faults, type RequestFacts } from "./faults.ts";
import { listObjectsV2 } from "./listing.ts";
import * as multipart from "./multipart.ts";
import * as objects from "./objects.ts";
import { type Handler, type Reply, writeObject } from "./reply.ts";
import { type Credentials, verifySignature } from "./signature.ts";
import { type Bucket, createStore } from "./store.ts";
import { toXml } from "./xml.ts";

export { type Fault, type FaultRule, type Faults, onOperation, type RequestFacts } from "./faults.ts";
export type { Credentials } from "./signature.ts";

export interface S3ServerOptions {
  readonly buckets?: readonly string[];
  /** Who may call. Default: {@link TEST_CREDENTIALS}. */
  readonly credentials?: readonly Credentials[];
  /** Most keys in one page of a listing. Default 1000. */
  readonly pageKeys?: number;
  /** `composite`: refuses to complete an upload with the checksum of the whole object, as MinIO does (minio/minio#20944). Default `full`. */
  readonly checksums?: "full" | "composite";
}

/** One request that was answered, or cut. */
export interface RecordedRequest extends RequestFacts {
  readonly headers: IncomingMessage["headers"];
  /** 0 when the connection was cut. */
  readonly status: number;
}

export interface S3Server {
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly faults: Faults;
  /** In the order in which they were answered. */
  readonly requests: RecordedRequest[];
  /** What a bucket holds now. */
  bucket(name: string): Bucket;
  close(): Promise<void>;
}

export const TEST_CREDENTIALS: Credentials = { accessKeyId: "TESTKEY", secretAccessKey: "test-secret" };

const HANDLERS: Readonly<Record<string, Handler>> = {
  PutObject: objects.putObject,
  GetObject: objects.getObject,
  HeadObject: objects.headObject,
  DeleteObject: objects.deleteObject,
  DeleteObjects: objects.deleteObjects,
  CreateBucket: objects.createBucket,
  HeadBucket: objects.headBucket,
  GetBucketLifecycleConfiguration: objects.getBucketLifecycle,
  CreateMultipartUpload: multipart.createMultipartUpload,
  UploadPart: multipart.uploadPart,
  CompleteMultipartUpload: multipart.completeMultipartUpload,
  AbortMultipartUpload: multipart.abortMultipartUpload,
  ListParts: multipart.listParts,
  ListMultipartUploads: multipart.listMultipartUploads,
  ListObjectsV2: listObjectsV2,
};

/** The account that owns all buckets here. */
export const BUCKET_OWNER = "123456789012";

function checkOwner({ headers }: IncomingMessage): void {
  const expected = headers["x-amz-expected-bucket-owner"];
  if (expected !== undefined && expected !== BUCKET_OWNER)
    throw new S3Error(403, "AccessDenied", "The bucket is another account's");
}

function operationOf(method: string, key: string, query: URLSearchParams): string {
  const upload = query.has("uploadId");
  if (key === "") {
    if (method === "POST" && query.has("delete")) return "DeleteObjects";
    if (method === "GET" && query.has("lifecycle")) return "GetBucketLifecycleConfiguration";
    if (method === "GET")
      return query.has("uploads") ? "ListMultipartUploads" : query.get("list-type") === "2" ? "ListObjectsV2" : "";
    return { PUT: "CreateBucket", HEAD: "HeadBucket" }[method] ?? "";
  }
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : upload ? "CompleteMultipartUpload" : "";
  if (upload) return { PUT: "UploadPart", DELETE: "AbortMultipartUpload", GET: "ListParts" }[method] ?? "";
  return { PUT: "PutObject", GET: "GetObject", HEAD: "HeadObject", DELETE: "DeleteObject" }[method] ?? "";
}

function factsOf(request: IncomingMessage): { facts: RequestFacts; query: URLSearchParams } {
  const [path = "", search = ""] = request.url!.split("?", 2);
  const query = new URLSearchParams(search);
  const [bucket = "", ...rest] = path.slice(1).split("/");
  const key = decodeURIComponent(rest.join("/"));
  const partNumber = query.has("partNumber") ? Number(query.get("partNumber")) : null;
  return { facts: { operation: operationOf(request.method!, key, query), bucket, key, partNumber }, query };
}

/**
 * An S3 server for tests, path style, over plain HTTP. It refuses what S3 refuses and lesser stand-ins let pass: a wrong signature,
 * length, hash or checksum; parts that are too small, missing or out of order; a condition that doesn't hold.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const store = await createStore();
  for (const name of options.buckets ?? ["bronze"]) store.buckets.set(name, { objects: new Map(), uploads: new Map() });
  const credentials = options.credentials ?? [TEST_CREDENTIALS];
  const { checksums = "full" } = options;
  const faults = createFaults();
  const requests: RecordedRequest[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { facts, query } = factsOf(request);
    // A request that was left before its end no longer knows its socket.
    const { socket } = request;
    const record = (status: number): void => void requests.push({ ...facts, headers: request.headers, status });
    let fault: Fault | null = null;
    let reply: Reply;
    try {
      const payloadHash = verifySignature(request, credentials);
      checkOwner(request);
      fault = faults.strike(facts);
      if (fault !== null && (await isEnd(fault, request, socket))) return record(0);
      const handler = HANDLERS[facts.operation];
      if (handler === undefined) throw new S3Error(501, "NotImplemented", `${request.method} ${request.url}`);
      const arrived = async (): Promise<void> => {
        if (fault?.kind !== "late") return;
        record(0);
        socket.destroy();
        await fault.until;
      };
      reply = await handler({
        request,
        facts,
        query,
        payloadHash,
        store,
        pageKeys: options.pageKeys ?? 1000,
        checksums,
        arrived,
      });
    } catch (error) {
      if (request.destroyed && !request.complete) return record(0);
      reply = errorReply(error);
    }
    if (fault?.kind === "late") return;
    if (fault?.kind === "lose-answer") {
      record(0);
      socket.destroy();
      return;
    }
    record(reply.status);
    await send(request, response, fault === null ? reply : spoil(reply, fault), fault);
  }

  const server = createServer((request, response) => {
    const { socket } = request;
    answer(request, response).catch(() => socket.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: credentials[0]!,
    faults,
    requests,
    bucket: store.bucket,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await store.close();
    },
  };
}

/** Lets a fault strike before the work. @returns true when there will be no answer. */
async function isEnd(fault: Fault, request: IncomingMessage, socket: Socket): Promise<boolean> {
  switch (fault.kind) {
    case "error":
      // Read to the end, as S3 mostly does: else the client may see a broken pipe instead of the answer.
      request.resume();
      await new Promise((ended) => request.once("close", ended).once("end", ended));
      throw new S3Error(fault.status, fault.code);
    case "error-in-200":
      request.resume();
      throw new S3Error(200, fault.code);
    case "cut": {
      let bytes = 0;
      for await (const piece of request) {
        bytes += (piece as Buffer).length;
        if (bytes >= fault.afterBytes) break;
      }
      socket.destroy();
      return true;
    }
    case "hang":
      return true;
    case "slow":
      await new Promise((waited) => setTimeout(waited, fault.delayMs));
      return false;
    default:
      return false;
  }
}

function errorReply(error: unknown): Reply {
  const { status, code, message } = error instanceof S3Error ? error : new S3Error(500, "InternalError", String(error));
  return { status, headers: { "content-type": "application/xml" }, body: toXml({ Error: { Code: code, Message: message } }) };
}

function spoil(reply: Reply, fault: Fault): Reply {
  if (fault.kind !== "wrong-checksum") return reply;
  const other = "AAAAAA==";
  const headers = Object.fromEntries(
    Object.entries(reply.headers ?? {}).map(([name, value]) => [name, /^x-amz-checksum-(?!type)/.test(name) ? other : value]),
  );
  const body = typeof reply.body === "string" ? reply.body.replace(/(<ChecksumCRC32>)[^<]+/, `$1${other}`) : reply.body;
  return { ...reply, headers, ...(body === undefined ? {} : { body }) };
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply, fault: Fault | null): Promise<void> {
  const { body } = reply;
  const { socket } = response;
  const length = typeof body === "string" ? { "content-length": Buffer.byteLength(body) } : {};
  response.writeHead(reply.status, { "x-amz-request-id": "TEST", server: "s3-server", ...length, ...reply.headers });
  // Whoever answers before the body has come must not leave it in the socket.
  request.resume();
  if (request.method === "HEAD" || body === undefined) response.end();
  else if (typeof body === "string") response.end(body);
  else if (fault?.kind === "short-body") {
    await writeObject(response, { ...body, end: Math.min(body.end, body.start + fault.bytes) });
    socket?.destroy();
  } else {
    await writeObject(response, body);
    response.end();
  }
}
