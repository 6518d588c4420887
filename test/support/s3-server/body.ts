import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { type Algorithm, type Checksum, isAlgorithm, startChecksum } from "./checksums.ts";
import { S3Error } from "./errors.ts";

/** A body that arrived whole, was proved, and lies in a file. */
export interface StoredBody {
  readonly path: string;
  readonly bytes: number;
  /** Hex, without quotes. */
  readonly md5: string;
  readonly checksum: { readonly algorithm: Algorithm; readonly value: string } | null;
}

const CRLF = Buffer.from("\r\n");

/** Yields the bytes that are meant by a request's body; of an aws-chunked one, without its frame. Trailers end in `trailers`. */
async function* decoded(request: AsyncIterable<Buffer>, chunked: boolean, trailers: Map<string, string>): AsyncGenerator<Buffer> {
  if (!chunked) {
    yield* request;
    return;
  }
  let held: Buffer = Buffer.alloc(0);
  const source = request[Symbol.asyncIterator]();
  const more = async (): Promise<void> => {
    const { value, done } = await source.next();
    if (done) throw new S3Error(400, "IncompleteBody", "the chunked body ends early");
    held = held.length === 0 ? value : Buffer.concat([held, value]);
  };
  const line = async (): Promise<string> => {
    for (;;) {
      const end = held.indexOf(CRLF);
      if (end >= 0) {
        const text = held.subarray(0, end).toString("latin1");
        held = held.subarray(end + 2);
        return text;
      }
      await more();
    }
  };
  for (;;) {
    const header = await line();
    if (!/^[0-9a-f]+$/i.test(header)) throw new S3Error(400, "InvalidChunkSizeError", header);
    let left = Number.parseInt(header, 16);
    if (left === 0) break;
    while (left > 0) {
      if (held.length === 0) await more();
      const piece = held.subarray(0, left);
      held = held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
    if ((await line()) !== "") throw new S3Error(400, "InvalidChunkSizeError", "no line end after a chunk");
  }
  for (let text = await line(); text !== ""; text = await line()) {
    const colon = text.indexOf(":");
    trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The checksum that the client announces in a header or trailer, or null. */
function announced(request: IncomingMessage): Algorithm | null {
  for (const name of [...Object.keys(request.headers), header(request, "x-amz-trailer") ?? ""]) {
    const algorithm = /^x-amz-checksum-(.+)$/.exec(name)?.[1];
    if (algorithm !== undefined && isAlgorithm(algorithm)) return algorithm;
  }
  return null;
}

/**
 * Streams a body to a file, and refuses it as S3 does when its length, its hash in the signature, its Content-MD5 or its checksum
 * (of header or trailer) is another. `fallback` is computed when the client sends no checksum.
 */
export async function receiveBody(
  request: IncomingMessage,
  payloadHash: string,
  path: string,
  fallback: Algorithm | null = null,
): Promise<StoredBody> {
  const chunked = payloadHash.startsWith("STREAMING-");
  if (chunked && payloadHash !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER") throw new S3Error(501, "NotImplemented", payloadHash);
  const expectedBytes = Number(header(request, chunked ? "x-amz-decoded-content-length" : "content-length") ?? Number.NaN);
  if (Number.isNaN(expectedBytes)) throw new S3Error(411, "MissingContentLength");

  const algorithm = announced(request) ?? fallback;
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? createHash("sha256") : null;
  const md5 = createHash("md5");
  const checksum: Checksum | null = algorithm === null ? null : startChecksum(algorithm);
  const trailers = new Map<string, string>();
  const file = await open(path, "w");
  let bytes = 0;
  try {
    for await (const piece of decoded(request, chunked, trailers)) {
      sha256?.update(piece);
      md5.update(piece);
      checksum?.update(piece);
      bytes += piece.length;
      await file.writeFile(piece);
    }
  } finally {
    await file.close();
  }
  if (bytes !== expectedBytes) throw new S3Error(400, "IncompleteBody", `${bytes} bytes came, ${expectedBytes} were announced`);
  if (sha256 !== null && sha256.digest("hex") !== payloadHash) throw new S3Error(400, "XAmzContentSHA256Mismatch");
  if (sha256 === null && !chunked && payloadHash !== "UNSIGNED-PAYLOAD")
    throw new S3Error(400, "InvalidRequest", "no payload hash");
  const md5Hex = md5.digest("hex");
  const contentMd5 = header(request, "content-md5");
  if (contentMd5 !== undefined && contentMd5 !== Buffer.from(md5Hex, "hex").toString("base64"))
    throw new S3Error(400, "BadDigest");
  if (algorithm === null || checksum === null) return { path, bytes, md5: md5Hex, checksum: null };

  const value = checksum.digest();
  const name = `x-amz-checksum-${algorithm}`;
  const sent = header(request, name) ?? trailers.get(name);
  if (chunked && sent === undefined) throw new S3Error(400, "MalformedTrailerError", `no ${name}`);
  if (sent !== undefined && sent !== value) throw new S3Error(400, "BadDigest", `${name} is ${value}, not ${sent}`);
  return { path, bytes, md5: md5Hex, checksum: { algorithm, value } };
}

/** A small document in memory: the XML that some requests carry. */
export async function receiveText(request: IncomingMessage, payloadHash: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const whole = Buffer.concat(pieces);
  if (/^[0-9a-f]{64}$/.test(payloadHash) && createHash("sha256").update(whole).digest("hex") !== payloadHash) {
    throw new S3Error(400, "XAmzContentSHA256Mismatch");
  }
  return whole.toString("utf8");
}
