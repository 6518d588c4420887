import { setTimeout as delay } from "node:timers/promises";
import { BronzeError } from "../../model/errors.ts";
import type { Condition, ObjectInfo } from "../sink.ts";
import { locate, type S3Bucket } from "./bucket.ts";
import { isGone, isRaced, toS3Error, wasRefused, wasRetried } from "./errors.ts";
import { type Held, headWithChecksum } from "./head.ts";

/** The one request that makes an object visible: PutObject or CompleteMultipartUpload. */
export interface Publication {
  readonly store: S3Bucket;
  readonly key: string;
  /** In the metadata of the object that is published. */
  readonly token: string;
  readonly condition: Condition | undefined;
  /** For messages: `write`. */
  readonly operation: string;
  /** An earlier publication of the same object ended without telling whether it worked. */
  readonly inDoubt: boolean;
  /** Of all bytes that are sent, as S3 writes it; undefined where the store takes none. */
  readonly checksum: string | undefined;
  /** @returns what was published, and the checksum that the store says of it */
  send(): Promise<Held>;
}

/** A write that S3 refused because another one was under way may pass a moment later. */
const RACED_ROUNDS = 5;
const RACED_PAUSE_MS = 100;

/**
 * Sends a publication and settles its outcome: a request that may have done its work and lost its answer, or that met its own earlier
 * attempt, is looked for by its token. Nothing cancels it.
 * @throws BronzeError SINK_CHECKSUM when the store holds other bytes than were sent: they stay until somebody replaces them
 * @throws BronzeError SINK_CONFLICT when the condition doesn't hold; with `outcome: "unknown"` in its context when the object is not
 * there, but may have been or may still come
 */
export async function publishObject(publication: Publication): Promise<ObjectInfo> {
  const { store, key, token, condition, operation, checksum, send } = publication;
  const url = locate(store, key);
  let { inDoubt } = publication;
  for (let round = 1; ; round++) {
    try {
      return checked(url, checksum, await send());
    } catch (error) {
      if (error instanceof BronzeError && error.code === "SINK_CHECKSUM") throw error;
      inDoubt ||= wasRetried(error) || !wasRefused(error);
      if (isRaced(error) && round < RACED_ROUNDS) {
        await delay(Math.random() * RACED_PAUSE_MS * round);
        continue;
      }
      const failure = conditionGone(error, condition, store, key) ?? toS3Error(error, operation, url);
      if (!inDoubt) throw failure;
      const found = await headWithChecksum(store, key).catch(() => undefined);
      if (found?.info.token === token) return checked(url, checksum, found);
      throw found !== undefined && failure.code === "SINK_CONFLICT" ? failure : unknown(failure);
    }
  }
}

function checked(url: string, sent: string | undefined, { info, checksum }: Held): ObjectInfo {
  assertChecksum(url, sent, checksum);
  return info;
}

/**
 * Compares the store's CRC with ours. A store that doesn't say one, or says one of the parts' CRCs, is believed.
 * @throws BronzeError SINK_CHECKSUM
 */
export function assertChecksum(url: string, sent: string | undefined, said: string | undefined): void {
  if (sent === undefined || said === undefined || said === sent || said.includes("-")) return;
  throw new BronzeError(
    "SINK_CHECKSUM",
    `can't write ${url}: the store holds other bytes than were sent (CRC32 ${said}, not ${sent})`,
    {
      hint: "Run it again; if it comes back, suspect a proxy or memory.",
      retryable: true,
      context: { url },
    },
  );
}

/** With `If-Match`, an object that is gone answers 404. */
function conditionGone(error: unknown, condition: Condition | undefined, store: S3Bucket, key: string): BronzeError | null {
  if (typeof condition !== "object" || !isGone(error)) return null;
  return new BronzeError("SINK_CONFLICT", `can't write ${locate(store, key)}: the object is gone`, {
    context: { key },
    cause: error,
  });
}

function unknown(failure: BronzeError): BronzeError {
  if (failure.code !== "SINK_CONFLICT") return failure.within({ outcome: "unknown" });
  return new BronzeError("SINK_FAILED", `${failure.message}; it may be this very write, whose answer was lost`, {
    retryable: true,
    context: { ...failure.context, outcome: "unknown" },
    cause: failure.cause,
  });
}
