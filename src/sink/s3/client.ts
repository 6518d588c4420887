import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { RequestCounts } from "../sink.ts";
import { createStoreClock, type StoreClock } from "./clock.ts";

export interface S3ConnectionOptions {
  /** Default: what the AWS SDK finds (AWS_REGION, the profile); `us-east-1` beside an endpoint. */
  readonly region?: string | undefined;
  /** Of an S3-compatible store: `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint. */
  readonly pathStyle?: boolean | undefined;
  /** Attempts of one request in all, with jittered backoff between. Default 6. */
  readonly maxAttempts?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** A socket on which nothing moves for this long is given up, and the request tried again. Default 60 s. */
  readonly idleTimeoutMs?: number | undefined;
  /** Variables that win over the process's own: AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL_S3 … */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Default: the SDK's provider chain, which renews what expires. */
  readonly credentials?: S3ClientConfig["credentials"];
  /** Account that every request expects to own the bucket. */
  readonly bucketOwner?: string | undefined;
  /** Every request says that its sender pays for it. */
  readonly requesterPays?: boolean | undefined;
  /** `none`: for a store that fails on CRC32 checksums of whole objects. Default `crc32`. */
  readonly checksums?: "crc32" | "none" | undefined;
}

const COUNTED: Readonly<Record<string, keyof RequestCounts>> = {
  PutObjectCommand: "puts",
  CreateMultipartUploadCommand: "creates",
  UploadPartCommand: "parts",
  CompleteMultipartUploadCommand: "completes",
  AbortMultipartUploadCommand: "aborts",
  GetObjectCommand: "gets",
  HeadObjectCommand: "heads",
  ListObjectsV2Command: "lists",
  DeleteObjectCommand: "deletes",
};

export interface Connection {
  readonly client: S3Client;
  readonly requests: RequestCounts;
  readonly clock: StoreClock;
}

export function connect(options: S3ConnectionOptions): Connection {
  // Node 20 is supported here, by the lockfile's version of the SDK; its notice about later versions is not for the user.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const env = { ...process.env, ...options.env };
  const endpoint = options.endpoint ?? env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  // A variable that is set to nothing says nothing.
  const known = options.region || env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  const region = known || (endpoint === undefined ? undefined : "us-east-1");
  const credentials = options.credentials ?? credentialsOf(env);
  const profile = env["AWS_PROFILE"];
  const client = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: options.pathStyle ?? true }),
    ...(options.pathStyle === undefined ? {} : { forcePathStyle: options.pathStyle }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(options.checksums === "none"
      ? { requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" }
      : {}),
    retryMode: "standard",
    maxAttempts: options.maxAttempts ?? 6,
    followRegionRedirects: true,
    // The SDK would open a new connection for every part only to ask whether it may send it.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? 10_000,
      socketTimeout: options.idleTimeoutMs ?? 60_000,
    },
  });
  const requests = noRequests();
  const clock = createStoreClock();
  countRequests(client, requests);
  sayToAll(client, {
    ...(options.bucketOwner === undefined ? {} : { ExpectedBucketOwner: options.bucketOwner }),
    ...(options.requesterPays === true ? { RequestPayer: "requester" } : {}),
  });
  hearDates(client, clock);
  if (options.checksums !== "none") trustTransport(client);
  return { client, requests, clock };
}

/** Parameters that every command takes. Source: S3 API, x-amz-expected-bucket-owner, x-amz-request-payer. */
function sayToAll(client: S3Client, parameters: Readonly<Record<string, string>>): void {
  if (Object.keys(parameters).length === 0) return;
  client.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, ...parameters } }), {
    step: "initialize",
    name: "sayToAll",
  });
}

function noRequests(): RequestCounts {
  return { puts: 0, creates: 0, parts: 0, completes: 0, aborts: 0, gets: 0, heads: 0, lists: 0, deletes: 0 };
}

/** Keys that only the given variables hold: the SDK's chain looks at the process's. */
function credentialsOf(env: Readonly<Record<string, string | undefined>>): S3ClientConfig["credentials"] {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = env["AWS_SESSION_TOKEN"];
  if (!accessKeyId || !secretAccessKey || accessKeyId === process.env["AWS_ACCESS_KEY_ID"]) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

/** Counts what leaves the machine: the innermost step runs once for each attempt. */
function countRequests(client: S3Client, requests: RequestCounts): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const counted = COUNTED[context.commandName ?? ""];
      if (counted !== undefined) requests[counted]++;
      return next(args);
    },
    { step: "deserialize", priority: "low", name: "countRequests" },
  );
}

/** Every reply tells the store's time, an error's too. */
function hearDates(client: S3Client, clock: StoreClock): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      clock.heard((output.response as { headers?: Record<string, string> } | undefined)?.headers?.["date"]);
      return output;
    },
    { step: "deserialize", priority: "low", name: "hearDates" },
  );
}

/**
 * Over TLS a body is not hashed a second time for the signature: TLS keeps it from being changed on the way, and its CRC, which is
 * signed, proves it whole. That spares a SHA-256 of every byte.
 */
function trustTransport(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const request = args.request as { protocol?: string; headers: Record<string, string> };
      const upload = context.commandName === "PutObjectCommand" || context.commandName === "UploadPartCommand";
      if (upload && request.protocol === "https:") request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
      return next(args);
    },
    { step: "build", name: "trustTransport" },
  );
}
