import type { S3SinkOptions } from "./s3/sink.ts";
import type { Sink } from "./sink.ts";

/** A place where objects lie, or an object there. */
export interface Location {
  /** What its address begins with, without `://`. */
  readonly scheme: string;
  /** In the one way that a sink's `url` says it: without a closing slash. */
  readonly url: string;
  /** The widest sink that holds it: `s3://bucket`; of a folder the folder itself. */
  readonly root: string;
  /** Key or prefix in `root`, `""` for all of it. */
  readonly key: string;
  /** On this machine; null for what lies elsewhere. */
  readonly path: string | null;
}

/** How a sink connects and stores; a folder needs none of it. */
export type SinkOptions = S3SinkOptions;

/** One kind of place that objects land in. */
export interface SinkKind {
  /** How its addresses look, for hints: `s3://bucket/prefix`. */
  readonly form: string;
  /** Reads an address of its scheme. @returns what is wrong with it, when something is */
  parse(url: string): Omit<Location, "scheme"> | string;
  /** Sends and makes nothing yet. */
  open(location: Location, options: SinkOptions): Promise<Sink>;
}
