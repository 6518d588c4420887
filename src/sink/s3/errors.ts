import { S3ServiceException } from "@aws-sdk/client-s3";
import { BronzeError, type ErrorCode } from "../../model/errors.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

const DENIED: Meaning = {
  code: "SINK_DENIED",
  says: "access denied",
  hint: "The role needs s3:PutObject, s3:GetObject, s3:ListBucket, s3:DeleteObject and s3:AbortMultipartUpload there, and kms:GenerateDataKey and kms:Decrypt for its KMS key.",
};
const EXPIRED: Meaning = {
  code: "CREDENTIALS",
  says: "the AWS credentials have expired",
  hint: "Renew them (aws sso login), then run it again.",
};
const REFUSED: Meaning = {
  code: "CREDENTIALS",
  says: "the AWS credentials were refused",
  hint: "Look at AWS_PROFILE or AWS_ACCESS_KEY_ID: aws sts get-caller-identity shows who you are.",
};
const NONE: Meaning = {
  code: "CREDENTIALS",
  says: "no usable AWS credentials were found",
  hint: "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the job a role.",
};
const CORRUPTED: Meaning = {
  code: "SINK_CHECKSUM",
  says: "the bytes that arrived are not the bytes that were sent",
  hint: "Run it again; if it comes back, suspect a proxy or memory.",
  retryable: true,
};
const NO_BUCKET: Meaning = {
  code: "SINK_MISSING",
  says: "the bucket does not exist",
  hint: "Create the bucket, or correct the sink's URL.",
};
const CHANGED: Meaning = { code: "SINK_CONFLICT", says: "the object exists already or was changed by somebody else" };
const RACED: Meaning = {
  code: "SINK_CONFLICT",
  says: "somebody else is writing the same object",
  hint: "Run it again when the other writer has ended.",
  retryable: true,
};
const WRONG_REGION: Meaning = {
  code: "SINK_INVALID",
  says: "the bucket is in another region",
  hint: "Set sink.region or AWS_REGION to the bucket's region.",
};

/** S3's error codes ("Error responses" in its API reference), some of them as the SDK names a reply that has no body. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  AccessDenied: DENIED,
  AllAccessDisabled: DENIED,
  AccountProblem: DENIED,
  Forbidden: DENIED,
  "403": DENIED,
  KMSAccessDeniedException: DENIED,
  "KMS.DisabledException": {
    code: "SINK_DENIED",
    says: "the KMS key is disabled",
    hint: "Enable the key, or change sink.kms_key_id.",
  },
  "KMS.NotFoundException": { code: "SINK_DENIED", says: "the KMS key does not exist", hint: "Correct sink.kms_key_id." },
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  TokenRefreshRequired: EXPIRED,
  RequestExpired: EXPIRED,
  InvalidToken: REFUSED,
  InvalidAccessKeyId: REFUSED,
  SignatureDoesNotMatch: REFUSED,
  RequestTimeTooSkewed: {
    code: "CREDENTIALS",
    says: "this machine's clock is wrong",
    hint: "Set the clock: S3 refuses signatures more than 15 minutes off.",
  },
  CredentialsProviderError: NONE,
  TokenProviderError: EXPIRED,
  NoSuchBucket: NO_BUCKET,
  InvalidBucketName: {
    code: "SINK_INVALID",
    says: "that is not a bucket's name",
    hint: "Correct the sink's URL: s3://bucket/prefix.",
  },
  PermanentRedirect: WRONG_REGION,
  AuthorizationHeaderMalformed: WRONG_REGION,
  IllegalLocationConstraintException: WRONG_REGION,
  PreconditionFailed: CHANGED,
  ConditionalRequestConflict: RACED,
  OperationAborted: RACED,
  BadDigest: CORRUPTED,
  InvalidDigest: CORRUPTED,
  IncompleteBody: CORRUPTED,
  XAmzContentSHA256Mismatch: CORRUPTED,
  XAmzContentChecksumMismatch: CORRUPTED,
  InvalidPart: {
    code: "SINK_FAILED",
    says: "the store does not know its own parts again",
    hint: "Some stores other than AWS's fail on checksums of whole objects: set sink.checksums: none.",
  },
  NoSuchUpload: {
    code: "SINK_FAILED",
    says: "the upload is gone: something else has aborted it",
    hint: "Does a lifecycle rule abort uploads within the hour? Run it again.",
    retryable: true,
  },
  EntityTooLarge: { code: "SINK_FAILED", says: "the object is larger than the store allows" },
  InvalidStorageClass: { code: "SINK_INVALID", says: "the store has no such storage class", hint: "Correct sink.storage_class." },
  QuotaExceeded: { code: "SINK_FULL", says: "the bucket's quota is used up", hint: "Free space, or raise the quota." },
  XMinioStorageFull: { code: "SINK_FULL", says: "the store is full", hint: "Free space in the store." },
};

const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ECONNABORTED",
]);
const UNREACHABLE = "The store can't be reached: look at the endpoint, the network and the proxy.";

interface RawError {
  readonly name: string;
  readonly message: string;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly attempts: number;
  readonly network: string | null;
}

function inspect(error: unknown): RawError {
  if (!(error instanceof Error))
    return { name: "", message: String(error), status: null, requestId: null, attempts: 1, network: null };
  const metadata = (error as { $metadata?: { httpStatusCode?: number; requestId?: string; attempts?: number } }).$metadata;
  const network = [error, ...(error instanceof AggregateError ? error.errors : [])]
    .map((one: unknown) => (one as { code?: unknown }).code)
    .find((code): code is string => typeof code === "string" && NETWORK.has(code));
  return {
    name: error.name,
    message: error.message,
    status: metadata?.httpStatusCode ?? null,
    requestId: metadata?.requestId ?? null,
    attempts: metadata?.attempts ?? 1,
    network: network ?? null,
  };
}

function meaningOf(raw: RawError): Meaning {
  const known = MEANINGS[raw.name];
  if (known !== undefined) return known;
  if (raw.name === "AbortError") return { code: "CANCELLED", says: "cancelled" };
  if (/^Checksum mismatch/i.test(raw.message)) return CORRUPTED;
  if (/region (is missing|not accepted)/i.test(raw.message))
    return { code: "SINK_INVALID", says: "the region is not known", hint: "Set sink.region or AWS_REGION." };
  if (raw.status === 301) return WRONG_REGION;
  if (raw.status === 401 || raw.status === 403) return DENIED;
  if (raw.status === 412) return CHANGED;
  if (raw.status === 409) return RACED;
  if (raw.status === 507) return { code: "SINK_FULL", says: "the store is full", hint: "Free space in the store." };
  if (raw.network !== null || raw.name === "TimeoutError")
    return { code: "SINK_FAILED", says: raw.message || raw.network!, hint: UNREACHABLE, retryable: true };
  const busy = raw.status !== null && (raw.status >= 500 || raw.status === 429 || raw.status === 408);
  // A reply to HEAD has no body that could name the error.
  const unnamed = raw.status !== null && (raw.message === "" || raw.message === "UnknownError");
  return {
    code: "SINK_FAILED",
    says: unnamed ? `the store answered ${raw.status}` : raw.message || raw.name,
    retryable: busy || /aborted|socket hang up|terminated/i.test(raw.message),
  };
}

/** What the SDK threw, said to the person who asked. `operation` is a verb phrase (`upload a part of`), `place` an address. */
export function toS3Error(error: unknown, operation: string, place: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const raw = inspect(error);
  const { code, says, hint, retryable } = meaningOf(raw);
  return new BronzeError(code, `can't ${operation} ${place}: ${says}`, {
    retryable: retryable ?? false,
    cause: error,
    context: {
      url: place,
      ...(raw.name === "" ? {} : { s3_error: raw.name }),
      ...(raw.status === null ? {} : { status: raw.status }),
      ...(raw.requestId === null ? {} : { request_id: raw.requestId }),
      attempts: raw.attempts,
    },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** True for the answer that an object, or an upload, isn't there; a missing bucket is another matter. */
export function isNotFound(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === "NoSuchBucket") return false;
  return (
    error.name === "NoSuchKey" ||
    error.name === "NotFound" ||
    error.name === "NoSuchUpload" ||
    error.$metadata.httpStatusCode === 404
  );
}

/** True for the answer of `If-Match` that there is no such object. */
export function isGone(error: unknown): boolean {
  return isNotFound(error) && inspect(error).name !== "NoSuchUpload";
}

/** True when the store would not write because another write of the same object was under way. */
export function isRaced(error: unknown): boolean {
  const raw = inspect(error);
  return MEANINGS[raw.name] === RACED || (raw.status === 409 && MEANINGS[raw.name] === undefined);
}

/** True when the store said no, or the request never left: then it had no effect. An answer of 5xx, or none, leaves that open. */
export function wasRefused(error: unknown): boolean {
  const raw = inspect(error);
  if (raw.status !== null) return raw.status >= 400 && raw.status < 500;
  return ["CREDENTIALS", "SINK_INVALID"].includes(meaningOf(raw).code);
}

/** True when an earlier attempt of the same request may have done the work although its answer was lost. */
export function wasRetried(error: unknown): boolean {
  return inspect(error).attempts > 1;
}
