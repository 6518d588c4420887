import { BronzeError } from "../model/errors.ts";
import { assertKey, assertPrefix, compareKeys } from "./key.ts";
import { assertRange, type ByteRange, resolveRange, tailRange } from "./range.ts";
import type { Condition, ObjectInfo, Sink, StoredObject } from "./sink.ts";
import { assertInTime, type Draft, toWriter } from "./writer.ts";

export interface MemorySinkOptions {
  /** The store's clock. Default: this machine's. */
  readonly now?: () => Date;
  /** Default `memory://`. */
  readonly url?: string;
}

/**
 * Objects in a map, for tests and simulations. It behaves like S3: equal bytes have equal etags, and only tokens tell their writes
 * apart. Nothing in it waits, and its tokens are counted, so that a simulation repeats itself.
 */
export function openMemorySink({ now = () => new Date(), url = "memory://" }: MemorySinkOptions = {}): Sink {
  const objects = new Map<string, StoredObject>();
  let writes = 0;
  const newToken = (): string => `write-${++writes}`;

  function store(key: string, body: Uint8Array, token: string, condition: Condition | undefined): ObjectInfo {
    assertCondition(objects.get(key)?.info ?? null, key, condition);
    const info = { key, bytes: body.byteLength, etag: etagOf(body), modified: now(), token };
    objects.set(key, { body, info });
    return info;
  }

  function read(key: string, range?: ByteRange): StoredObject | null {
    assertKey(key);
    const found = objects.get(key);
    if (found === undefined) return null;
    const { start, end } = resolveRange(range, found.info.bytes);
    return { body: found.body.slice(start, end), info: found.info };
  }

  const listed = (prefix: string): string[] => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);

  return {
    url,

    create: async (key, { token = newToken(), signal } = {}) => {
      assertKey(key);
      return toWriter(
        openDraft(token, (body, condition) => store(key, body, token, condition)),
        key,
        signal,
      );
    },

    put: async (key, body, { condition } = {}) => {
      assertKey(key);
      return store(key, body.slice(), newToken(), condition);
    },

    get: async (key) => read(key),

    tail: async (key, bytes) => read(key, tailRange(bytes)),

    read: async (key, range) => {
      if (range !== undefined) assertRange(range);
      return read(key, range)?.body ?? null;
    },

    head: async (key) => {
      assertKey(key);
      return objects.get(key)?.info ?? null;
    },

    list: async function* (prefix) {
      assertPrefix(prefix);
      for (const key of listed(prefix)) {
        const found = objects.get(key);
        if (found !== undefined) yield { ...found.info, token: null };
      }
    },

    listFolders: async function* (prefix) {
      assertPrefix(prefix);
      const folders = listed(prefix).map((key) => key.slice(0, key.indexOf("/", prefix.length) + 1));
      for (const folder of new Set(folders)) if (folder !== "") yield folder;
    },

    delete: async (key, { condition, inTime } = {}) => {
      assertKey(key);
      assertInTime(key, inTime);
      assertCondition(objects.get(key)?.info ?? null, key, condition);
      objects.delete(key);
    },

    now: async () => now(),

    locate: (key) => {
      assertKey(key);
      return `${url}/${key}`;
    },

    close: async () => {},
  };
}

function openDraft(token: string, store: (body: Uint8Array, condition: Condition | undefined) => ObjectInfo): Draft {
  let chunks: Uint8Array[] = [];
  let body: Uint8Array = new Uint8Array(0);
  return {
    append: async (chunk) => void chunks.push(chunk.slice()),
    seal: async () => {
      body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      chunks = [];
      return { bytes: body.byteLength, token };
    },
    publish: async (condition) => store(body, condition),
    cancel: () => {},
    discard: async () => {
      chunks = [];
    },
  };
}

function assertCondition(found: ObjectInfo | null, key: string, condition: Condition | undefined): void {
  if (condition === undefined) return;
  const holds = condition === "absent" ? found === null : found?.etag === condition.etag;
  if (!holds)
    throw new BronzeError("SINK_CONFLICT", `${key} exists already or was changed by somebody else`, { context: { key } });
}

/** Two 32-bit multiplicative hashes of the bytes, in hex: quick, and as good as unique among the objects of a simulation. */
function etagOf(body: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = body.byteLength ^ 0x9e3779b9;
  // By index: an iterator costs several times as much.
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul((b << 5) ^ (b >>> 27) ^ byte, 0x85ebca6b);
  }
  return `"${hex(a)}${hex(b)}"`;
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
