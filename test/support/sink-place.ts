import type { Sink } from "../../src/sink/sink.ts";

/** One place to write to, as a test sees it. */
export interface SinkPlace {
  readonly sink: Sink;
  /** A second handle on the same place, as another process would have; never over the wire. */
  other(): Promise<Sink>;
  /** What unfinished writes have left there: open uploads, temporary files. */
  leftovers(): Promise<string[]>;
  /** What lies between `sink` and its store, where something does. */
  readonly wire?: Wire;
  /** What the store is known not to keep; the suite doesn't ask it for that. */
  readonly gaps?: readonly Gap[];
  /** Removes the place. */
  close(): Promise<void>;
}

export type Gap =
  /** CompleteMultipartUpload ignores `If-Match`: moto 5.2.1. */
  | "complete on an etag"
  /** DeleteObject with `If-Match` of an absent object is no error: VersityGW 1.8.0. */
  | "deletion of what is gone";

/** A connection whose answers can be lost. */
export interface Wire {
  /** The next so many requests that publish an object do their work, and their answers are lost. */
  loseAnswers(times: number): void;
  /** Requests that publish an object are cut before they arrive. @returns what lets them arrive, late */
  holdBack(): () => Promise<void>;
}
