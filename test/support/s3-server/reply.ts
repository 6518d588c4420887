import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestFacts } from "./faults.ts";
import type { Store, StoredObject } from "./store.ts";
import { toXml, type XmlTree } from "./xml.ts";

/** One request as its handler sees it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly facts: RequestFacts;
  readonly query: URLSearchParams;
  readonly payloadHash: string;
  readonly store: Store;
  /** Most keys in one page of a listing. */
  readonly pageKeys: number;
  readonly checksums: "full" | "composite";
  /** Awaited by what changes an object, when its request is whole and before it takes effect. */
  arrived(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | ObjectBody;
}

export interface ObjectBody {
  readonly object: StoredObject;
  readonly start: number;
  readonly end: number;
}

export type Handler = (exchange: Exchange) => Promise<Reply>;

export function xmlReply(tree: XmlTree, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "content-type": "application/xml", ...headers }, body: toXml(tree) };
}

/** Writes the bytes `start..end` of an object, whose parts lie in several files. */
export async function writeObject(response: ServerResponse, { object, start, end }: ObjectBody): Promise<void> {
  let offset = 0;
  for (const body of object.bodies) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, body.bytes);
    offset += body.bytes;
    if (from >= to) continue;
    for await (const piece of createReadStream(body.path, { start: from, end: to - 1 })) {
      if (!response.write(piece)) await drained(response);
      if (response.destroyed) return;
    }
  }
}

/** Resolves when the client took what was written, or went away. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resume) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resume();
    };
    response.on("drain", done).on("close", done);
  });
}
