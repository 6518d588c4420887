import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { S3Error } from "./errors.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const SKEW_MS = 15 * 60_000;

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/**
 * Checks a request's signature, without its body. @returns the hash that the client claims for the body.
 * Source: "Signature Calculations for the Authorization Header" in the S3 API reference.
 */
export function verifySignature(request: IncomingMessage, known: readonly Credentials[]): string {
  const header = request.headers.authorization;
  if (header === undefined) throw new S3Error(403, "AccessDenied", "Anonymous access is not allowed");
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (match === null) throw new S3Error(400, "AuthorizationHeaderMalformed", header);
  const [, accessKeyId, day, region, signedHeaders, signature] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];

  const credentials = known.find((one) => one.accessKeyId === accessKeyId);
  if (credentials === undefined) throw new S3Error(403, "InvalidAccessKeyId");
  if (credentials.sessionToken !== undefined && request.headers["x-amz-security-token"] !== credentials.sessionToken) {
    throw new S3Error(400, "InvalidToken");
  }
  const stamp = String(request.headers["x-amz-date"] ?? "");
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(Math.abs(Date.now() - at) < SKEW_MS) || !stamp.startsWith(day)) throw new S3Error(403, "RequestTimeTooSkewed");

  const payloadHash = String(request.headers["x-amz-content-sha256"] ?? "");
  const scope = `${day}/${region}/s3/aws4_request`;
  const canonical = canonicalRequest(request, signedHeaders, payloadHash);
  const toSign = ["AWS4-HMAC-SHA256", stamp, scope, createHash("sha256").update(canonical).digest("hex")].join("\n");
  const key = [region, "s3", "aws4_request"].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day));
  if (!timingSafeEqual(hmac(key as Buffer, toSign), Buffer.from(signature, "hex")))
    throw new S3Error(403, "SignatureDoesNotMatch");
  return payloadHash;
}

function canonicalRequest(request: IncomingMessage, signedHeaders: string, payloadHash: string): string {
  const [path, query = ""] = request.url!.split("?", 2) as [string, string?];
  const names = signedHeaders.split(";");
  for (const name of Object.keys(request.headers)) {
    const mustBeSigned = name === "host" || name.startsWith("x-amz-");
    if (mustBeSigned && !names.includes(name)) throw new S3Error(403, "AccessDenied", `${name} is not signed`);
  }
  const canonicalQuery = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .join("&");
  const headers = names.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? "")
        .trim()
        .replace(/ +/g, " ")}\n`,
  );
  return [request.method, path, canonicalQuery, headers.join(""), signedHeaders, payloadHash].join("\n");
}
