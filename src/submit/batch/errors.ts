import { BronzeError, type ErrorCode } from "../../model/errors.ts";

interface Meaning {
  readonly code: ErrorCode;
  readonly says?: string;
  readonly hint?: string;
}

const RENEW = "Renew them (aws sso login), then run it again: what was submitted is not submitted twice.";
const WHO = "Look at AWS_PROFILE or AWS_ACCESS_KEY_ID: aws sts get-caller-identity shows who you are.";
const EXPIRED: Meaning = { code: "CREDENTIALS", says: "the AWS credentials have expired", hint: RENEW };
const REFUSED: Meaning = { code: "CREDENTIALS", says: "the AWS credentials were refused", hint: WHO };
const NONE: Meaning = {
  code: "CREDENTIALS",
  says: "no usable AWS credentials were found",
  hint: "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the job a role.",
};
const DENIED: Meaning = {
  code: "ENGINE_INVALID",
  says: "access denied",
  hint: "The role needs batch:SubmitJob on the queue and the job definition, batch:TerminateJob, and batch:Describe* and batch:ListJobs.",
};

/** "Common errors" of the AWS Batch API reference, and what the SDK's credential providers throw. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ExpiredToken: EXPIRED,
  ExpiredTokenException: EXPIRED,
  RequestExpired: EXPIRED,
  TokenProviderError: EXPIRED,
  UnrecognizedClientException: REFUSED,
  InvalidClientTokenId: REFUSED,
  InvalidSignatureException: REFUSED,
  SignatureDoesNotMatch: REFUSED,
  IncompleteSignature: REFUSED,
  MissingAuthenticationTokenException: NONE,
  MissingAuthenticationToken: NONE,
  CredentialsProviderError: NONE,
  AccessDeniedException: DENIED,
  AccessDenied: DENIED,
  NotAuthorized: DENIED,
};

function statusOf(error: unknown): number | null {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? null;
}

/**
 * What an error says of the request: `throttled` and `refused` ones were not carried out. Of an `unknown` one (the connection broke, the
 * service stumbled) nobody can tell.
 */
export function outcomeOf(error: unknown): "throttled" | "refused" | "unknown" {
  const name = error instanceof Error ? error.name : "";
  const status = statusOf(error);
  if (status === 429 || /^(TooManyRequests|Throttl|RequestLimitExceeded)/.test(name)) return "throttled";
  if (status !== null && status >= 400 && status < 500) return "refused";
  return MEANINGS[name] !== undefined || /region (is missing|not accepted)/i.test(String(error)) ? "refused" : "unknown";
}

/** What the SDK threw, said to the person who asked. `operation` is a verb phrase: `submit parcel-2026-11-30`. */
export function toBatchError(error: unknown, operation: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message : String(error);
  if (name === "AbortError") return new BronzeError("CANCELLED", `cancelled: ${operation}`, { cause: error });
  const outcome = outcomeOf(error);
  const status = statusOf(error);
  const { code, says, hint } = MEANINGS[name] ?? meaningOf(outcome, status, message);
  return new BronzeError(code, `AWS Batch can't ${operation}: ${says ?? (message || name)}`, {
    retryable: code === "ENGINE_FAILED" && outcome !== "refused",
    cause: error,
    context: { ...(name === "" ? {} : { aws_error: name }), ...(status === null ? {} : { status }) },
    ...(hint === undefined ? {} : { hint }),
  });
}

function meaningOf(outcome: "throttled" | "refused" | "unknown", status: number | null, message: string): Meaning {
  if (/region (is missing|not accepted)/i.test(message)) {
    return {
      code: "ENGINE_INVALID",
      says: "the region is not known",
      hint: "Set AWS_REGION, or sink.region in the object's config.",
    };
  }
  if (outcome === "throttled")
    return { code: "ENGINE_FAILED", hint: "Too many calls a second in this account: run it again later." };
  if (outcome === "refused") return { code: status === 401 || status === 403 ? DENIED.code : "ENGINE_INVALID" };
  return {
    code: "ENGINE_FAILED",
    hint: "AWS Batch could not be reached: look at the network, AWS_REGION and the proxy, then run it again.",
  };
}
