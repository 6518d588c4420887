import { setTimeout as delay } from "node:timers/promises";
import { BronzeError } from "../../model/errors.ts";
import type { Condition, ObjectInfo } from "../sink.ts";
import { locate, type S3Bucket } from "./bucket.ts";
import { isGone, isRaced, toS3Error, wasRefused, wasRetried } from "./errors.ts";
import { headObject } from "./head.ts";

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
  send(): Promise<ObjectInfo>;
}

/** A write that S3 refused because another one was under way may pass a moment later. */
const RACED_ROUNDS = 5;
const RACED_PAUSE_MS = 100;

/**
 * Sends a publication and settles its outcome: a request that may have done its work and lost its answer, or that met its own earlier
 * attempt, is looked for by its token. Nothing cancels it.
 * @throws BronzeError SINK_CONFLICT when the condition doesn't hold; with `outcome: "unknown"` in its context when the object is not
 * there, but may have been or may still come
 */
export async function publishObject(publication: Publication): Promise<ObjectInfo> {
  const { store, key, token, condition, operation, send } = publication;
  let { inDoubt } = publication;
  for (let round = 1; ; round++) {
    try {
      return await send();
    } catch (error) {
      if (error instanceof BronzeError) throw error;
      inDoubt ||= wasRetried(error) || !wasRefused(error);
      if (isRaced(error) && round < RACED_ROUNDS) {
        await delay(Math.random() * RACED_PAUSE_MS * round);
        continue;
      }
      const failure = conditionGone(error, condition, store, key) ?? toS3Error(error, operation, locate(store, key));
      if (!inDoubt) throw failure;
      const found = await headObject(store, key).catch(() => undefined);
      if (found?.token === token) return found;
      throw found !== undefined && failure.code === "SINK_CONFLICT" ? failure : unknown(failure);
    }
  }
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
