/**
 * Where objects land. All sinks keep one contract, tested by one suite:
 *
 * - An object is visible whole or not at all; it appears when `publish()` resolves.
 * - Among writers of one key with the same condition exactly one wins. An etag is opaque; equal bytes may have equal etags, so a
 *   token tells one write from every other.
 * - After `abort()`, or a `write` or `seal` that threw, nothing of the write is left: no object, no open upload, no temporary file.
 * - Nothing is deleted but what {@link Sink.delete} is asked to delete.
 * - Keys are relative, `/`-separated, without empty, `.` or `..` segments.
 * - `head`, `get`, `tail` and `read` of an absent key return null.
 */
export interface Sink {
  /** `s3://bucket/prefix` or `file:///folder`, as shown to people. */
  readonly url: string;

  /** Starts an object. Memory is bounded whatever the object's size; `write` waits when the store is slower than the source. */
  create(key: string, options?: CreateOptions): Promise<ObjectWriter>;

  /**
   * Writes a small object in one call.
   * @throws BronzeError SINK_CONFLICT when the condition doesn't hold; with `outcome: "unknown"` in its context when the object
   * may have been written, or may still be.
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<ObjectInfo>;

  /** A small object with its info, in one request. */
  get(key: string): Promise<StoredObject | null>;

  /** The last bytes of an object, at most `bytes`, with the info of the whole object, in one request. */
  tail(key: string, bytes: number): Promise<StoredObject | null>;

  /** The whole object, or `range` of it: `start` inclusive, `end` exclusive; a negative `start` counts from the end, and then has no `end`. */
  read(key: string, range?: { start: number; end?: number }): Promise<Uint8Array | null>;

  head(key: string): Promise<ObjectInfo | null>;

  /** All keys that begin with `prefix`, in byte order. Pages lazily. */
  list(prefix: string): AsyncIterable<ObjectInfo>;

  /** The folders directly under `prefix` (`""` or ending in `/`) that hold a key, each as `prefix` + name + `/`, in byte order. */
  listFolders(prefix: string): AsyncIterable<string>;

  /**
   * Deletes an object; an absent one is no error.
   * @throws BronzeError SINK_CONFLICT when the condition names another object than is there, or nothing is there.
   */
  delete(key: string, options?: DeleteOptions): Promise<void>;

  /** The store's clock, the one of {@link ObjectInfo.modified}; it may be two seconds behind, never ahead. */
  now(): Promise<Date>;

  /**
   * Days after which the store ends uploads that nobody finished, wherever in the sink; null when it never does. Absent where a killed
   * process leaves no such upload.
   * @throws BronzeError SINK_DENIED when this role may not ask
   */
  readonly uploadsEndAfterDays?: () => Promise<number | null>;

  /** The address of a key for people and for readers: `s3://bucket/prefix/key`, `file:///folder/key`. */
  locate(key: string): string;

  /** Requests sent so far, retries included; only of a sink that speaks to a server. */
  readonly requests?: RequestCounts;

  /** Releases sockets. */
  close(): Promise<void>;
}

/** `absent`: only where no object is. `{ etag }`: only where it is still that one. Undefined: whatever is there. */
export type Condition = "absent" | { readonly etag: string };

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
  /** Tells this write from every other. Default: random. A store without metadata takes the etag instead: use what `seal` returns. */
  readonly token?: string;
  /** About how large the object will be, in bytes; sizes the first parts of an upload. */
  readonly expectedBytes?: number;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Aborts the write. It has no effect on a `publish` that has begun. */
  readonly signal?: AbortSignal;
}

export interface PutOptions {
  readonly condition?: Condition | undefined;
  readonly contentType?: string;
  /** After a loss of power the object may be as it was before, though never damaged: spares a file sink a sync of the folder. */
  readonly transient?: boolean;
}

export interface DeleteOptions extends Timely {
  readonly condition?: Exclude<Condition, "absent">;
}

/** Equal bytes have equal etags: a request that comes long after its condition was looked at may meet it again. */
export interface Timely {
  /**
   * Asked right before each attempt leaves, when it is signed already: false, and neither this one nor another does. A store takes a signed
   * request within 15 minutes or never.
   */
  readonly inTime?: (() => boolean) | undefined;
}

/** One call at a time: the next one only after the last one settled. `abort` may come at any time, also twice. */
export interface ObjectWriter {
  /** Resolves when more may be written: the sink has then done with `chunk`, and its memory may be used again. */
  write(chunk: Uint8Array): Promise<void>;

  /** Ends the writing: every byte is at the store or in memory, and nothing is visible. */
  seal(): Promise<Sealed>;

  /**
   * Makes the object visible, whole; seals it first. No signal cuts this short: it ends when the store answers or its requests time
   * out. After an error the writer is still sealed: publish again, perhaps on another condition, or abort.
   * @throws BronzeError SINK_CONFLICT when the condition doesn't hold; with `outcome: "unknown"` in its context when the object
   * may have been published, or may still be.
   */
  publish(condition?: Condition, timely?: Timely): Promise<ObjectInfo>;

  /**
   * Gives the write up; does nothing once the object is published. Waits for a `publish` that is under way.
   * @throws BronzeError that says what is left, when something is or may be
   */
  abort(): Promise<void>;
}

export interface Sealed {
  readonly bytes: number;
  /** The {@link ObjectInfo.token} that the object will have. */
  readonly token: string;
}

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  /** When the object was written, by the store's clock. */
  readonly modified: Date;
  /** Tells this write from every other, also from one of the same bytes. Null in a listing, and for an object that another tool wrote. */
  readonly token: string | null;
}

export interface StoredObject {
  /** All of the object, or the part of it that was asked for. */
  readonly body: Uint8Array;
  /** Of the whole object. */
  readonly info: ObjectInfo;
}
