import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import { withLeftover } from "./abandon.ts";

/** What a landing put into the sink, by key and etag. */
export interface Landing {
  readonly object: Placed;
  /** The manifest of an earlier landing, whose object this one replaced; null when there was none. */
  readonly replacedManifest: Placed | null;
}

interface Placed {
  readonly key: string;
  readonly etag: string;
}

/**
 * Undoes a landing that nobody vouches for, since its verification or its manifest failed: first goes the earlier manifest, which speaks of
 * an object that is no more, then the object. What somebody else has put there meanwhile stays.
 * @returns the error that led here, with what could not be removed
 */
export async function takeBack(sink: Sink, { object, replacedManifest }: Landing, error: unknown): Promise<unknown> {
  // Somebody else has landed the same shard, and his manifest may speak of this very object.
  if (error instanceof BronzeError && error.code === "SINK_CONFLICT") return error;
  return withLeftover(error, async () => {
    if (!(await isStill(sink, object))) return;
    if (replacedManifest !== null && (await isStill(sink, replacedManifest))) await sink.delete(replacedManifest.key);
    await sink.delete(object.key);
  });
}

async function isStill(sink: Sink, { key, etag }: Placed): Promise<boolean> {
  return (await sink.head(key))?.etag === etag;
}
