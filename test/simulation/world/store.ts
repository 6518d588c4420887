import { crc32 } from "node:zlib";
import { compareKeys } from "../../../src/sink/key.ts";

export type Condition = "absent" | { readonly etag: string };

/** An object as the store holds it. */
export interface Stored {
  readonly key: string;
  readonly body: Uint8Array;
  /** Of the bytes alone, as S3's is: equal bytes have equal etags. */
  readonly etag: string;
  /** True time of the write. */
  readonly modifiedMs: number;
  /** The attempt token in the object's metadata; null when it was written without one. */
  readonly token: string | null;
  /** Tells this write from every other, for the invariants. */
  readonly write: number;
}

export type Request =
  | {
      readonly kind: "put";
      readonly key: string;
      readonly body: Uint8Array;
      readonly condition: Condition | undefined;
      readonly token: string | null;
    }
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "head"; readonly key: string }
  | { readonly kind: "list"; readonly prefix: string }
  | { readonly kind: "delete"; readonly key: string; readonly condition: Condition | undefined }
  /** Any request whose answer tells the time. */
  | { readonly kind: "now" };

export type Reply =
  | { readonly status: 200; readonly stored: Stored }
  | { readonly status: 200; readonly listed: readonly Stored[] }
  /** Nothing to say, but that it went well. */
  | { readonly status: 204 }
  | { readonly status: 404 | 409 | 412 }
  | { readonly status: 403 | 429 | 500 | 503 }
  /** Nothing came back: the request, or its answer, was lost or is late. */
  | { readonly status: "timeout" };

/** What a request changed. */
export interface Change {
  readonly key: string;
  readonly before: Stored | null;
  readonly after: Stored | null;
  /** Name of the process that asked for it. */
  readonly by: string;
}

/** The store itself, behind the network: a request takes effect at one instant, whole or not at all, and only if its condition holds then. */
export class Store {
  readonly objects = new Map<string, Stored>();
  readonly #changed: (change: Change) => void;
  /** Writes that took effect. */
  writes = 0;
  /** Each body that was ever written has one etag, in the order of their first writes: a story is easier to read with short ones. */
  readonly #etags = new Map<string, string>();

  constructor(changed: (change: Change) => void) {
    this.#changed = changed;
  }

  apply(request: Request, nowMs: number, by: string): Reply {
    switch (request.kind) {
      case "put":
        return this.#put(request, nowMs, by);
      case "delete":
        return this.#delete(request, by);
      case "get":
      case "head": {
        const stored = this.objects.get(request.key);
        return stored === undefined ? { status: 404 } : { status: 200, stored };
      }
      case "list":
        return {
          status: 200,
          listed: [...this.objects.values()].filter(({ key }) => key.startsWith(request.prefix)).sort(byKey),
        };
      case "now":
        return { status: 204 };
    }
  }

  #put({ key, body, condition, token }: Request & { kind: "put" }, nowMs: number, by: string): Reply {
    const before = this.objects.get(key) ?? null;
    const refusal = refused(before, condition);
    if (refusal !== null) return refusal;
    const etag = this.#etagOf(body);
    const after: Stored = { key, body, etag, modifiedMs: nowMs, token, write: ++this.writes };
    this.objects.set(key, after);
    this.#changed({ key, before, after, by });
    return { status: 200, stored: after };
  }

  #etagOf(body: Uint8Array): string {
    const digest = `${crc32(body)}-${body.byteLength}`;
    const known = this.#etags.get(digest);
    if (known !== undefined) return known;
    const etag = `e${this.#etags.size + 1}`;
    this.#etags.set(digest, etag);
    return etag;
  }

  #delete({ key, condition }: Request & { kind: "delete" }, by: string): Reply {
    const before = this.objects.get(key) ?? null;
    const refusal = refused(before, condition);
    if (refusal !== null) return refusal;
    if (before === null) return { status: 204 };
    this.objects.delete(key);
    this.#changed({ key, before, after: null, by });
    return { status: 204 };
  }
}

function refused(current: Stored | null, condition: Condition | undefined): Reply | null {
  if (condition === undefined) return null;
  if (condition === "absent") return current === null ? null : { status: 412 };
  if (current === null) return { status: 404 };
  return current.etag === condition.etag ? null : { status: 412 };
}

/** Byte order. JavaScript's own is the same as long as keys are ASCII, as they are in simulated ledgers. */
function byKey(a: Stored, b: Stored): number {
  if (IS_ASCII.test(a.key) && IS_ASCII.test(b.key)) return a.key < b.key ? -1 : 1;
  return compareKeys(a.key, b.key);
}

const IS_ASCII = /^[\x20-\x7e]*$/;
