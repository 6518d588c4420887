/**
 * Where objects land. Both sinks keep one contract, tested by one suite:
 *
 * - An object is visible whole or not at all; it appears when `close()` resolves.
 * - After `abort()`, or a `write`/`close` that threw, nothing is left: no object, no open upload, no temporary file.
 * - Keys are relative, `/`-separated, without empty, `.` or `..` segments.
 * - `head` and `read` of an absent key give null; `delete` of an absent key is not an error.
 * - An etag is opaque, and changes whenever the object is written anew. Among writers with the same condition exactly one wins.
 */
export interface Sink {
  /** `s3://bucket/prefix` or `file:///folder`, as shown to people. */
  readonly url: string;

  /** Starts an object. Memory is bounded whatever the object's size; `write` waits when the store is slower than the source. */
  create(key: string, options?: CreateOptions): Promise<ObjectWriter>;

  /** Small objects in one call. @throws BronzeError SINK_CONFLICT when the condition doesn't hold. */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<ObjectInfo>;

  /** The whole object, or `range` of it: `start` inclusive, `end` exclusive; a negative `start` counts from the end, and then has no `end`. */
  read(key: string, range?: { start: number; end?: number }): Promise<Uint8Array | null>;

  head(key: string): Promise<ObjectInfo | null>;

  /** All keys that begin with `prefix`, in byte order. Pages lazily. */
  list(prefix: string): AsyncIterable<ObjectInfo>;

  /** The folders directly under `prefix` (`""` or ending in `/`) that hold a key, each as `prefix` + name + `/`, in byte order. */
  listFolders(prefix: string): AsyncIterable<string>;

  delete(key: string): Promise<void>;

  /** The address of a key for people and for readers: `s3://bucket/prefix/key`, `file:///folder/key`. */
  locate(key: string): string;

  /** Requests sent so far, retries included; only of a sink that speaks to a server. */
  readonly requests?: RequestCounts;

  /** Releases sockets. */
  close(): Promise<void>;
}

/** Requests by what they cost: puts, parts, lists, creates and completes are charged alike; gets and heads less; deletes and aborts nothing. */
export interface RequestCounts {
  puts: number;
  creates: number;
  parts: number;
  completes: number;
  aborts: number;
  gets: number;
  heads: number;
  lists: number;
  deletes: number;
}

export interface CreateOptions {
  /** `replace` (default): the new object takes the old one's place at `close()`. `fail`: SINK_CONFLICT when the key exists. */
  readonly ifExists?: "replace" | "fail";
  /** About how large the object will be, in bytes; sizes the first parts of an upload. */
  readonly expectedBytes?: number;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  /** `absent`: only when no such object exists. `{ etag }`: only when it is still that one. */
  readonly condition?: "absent" | { readonly etag: string };
  readonly contentType?: string;
  /** After a loss of power the object may be as it was before, though never damaged: spares a file sink a sync of the folder. */
  readonly transient?: boolean;
}

/** One call at a time: the next `write`, or `close`, only after the last one settled. `abort` may come at any time, also twice. */
export interface ObjectWriter {
  /** Resolves when more may be written: the sink has then done with `chunk`, and its memory may be used again. */
  write(chunk: Uint8Array): Promise<void>;
  /** Publishes the object, and says what the store holds. */
  close(): Promise<ObjectInfo>;
  abort(): Promise<void>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  readonly modified: Date;
}
