import type { Sink } from "../../src/sink/sink.ts";

/** One place to write to, as a test sees it. */
export interface SinkPlace {
  readonly sink: Sink;
  /** A second handle on the same place, as another process would have. */
  other(): Promise<Sink>;
  /** What unfinished writes have left there: open uploads, temporary files. */
  leftovers(): Promise<string[]>;
  /** What the store is known not to keep; the suite doesn't ask it for that. */
  readonly gaps?: readonly "complete on an etag"[];
  /** Removes the place. */
  close(): Promise<void>;
}
