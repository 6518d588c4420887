import { BronzeError } from "../../../src/model/errors.ts";
import { assertPrefix, assertKey as checkKey } from "../../../src/sink/key.ts";
import { assertRange, resolveRange, tailRange } from "../../../src/sink/range.ts";
import type { ObjectInfo, Sink } from "../../../src/sink/sink.ts";
import { assertInTime, type Draft, toWriter } from "../../../src/sink/writer.ts";
import { Client, type Doubt } from "./client.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

const URL = "s3://simulated";

/** The few keys of simulated worlds are looked at once. */
const good = new Set<string>();

function assertKey(key: string): void {
  if (good.has(key)) return;
  checkKey(key);
  good.add(key);
}

/** The sink of one process, as it speaks to the world's store: the contract of the real ones, and the ways of S3 to fail. */
export function simulatedSink(world: World, process: Process): Sink {
  const client = new Client(world, process);

  async function* list(prefix: string): AsyncGenerator<ObjectInfo> {
    const reply = await client.ask({ kind: "list", prefix });
    if ("listed" in reply) for (const stored of reply.listed) yield { ...client.infoOf(stored), token: null };
  }

  async function* folders(prefix: string): AsyncGenerator<string> {
    let last = "";
    for await (const { key } of list(prefix)) {
      const end = key.indexOf("/", prefix.length);
      const folder = key.slice(0, end + 1);
      if (end === -1 || folder === last) continue;
      last = folder;
      yield folder;
    }
  }

  return {
    url: URL,
    requests: {
      ...{ puts: 0, creates: 0, parts: 0, completes: 0, aborts: 0, gets: 0, heads: 0, lists: 0 },
      get deletes() {
        return client.deletes;
      },
    },
    create: async (key, { token = world.newToken(), signal } = {}) => {
      assertKey(key);
      return toWriter(draftOf(client, key, token), key, signal);
    },
    put: async (key, body, { condition } = {}) => {
      assertKey(key);
      return client.write({ kind: "put", key, body: body.slice(), condition, token: world.newToken() });
    },
    get: async (key) => {
      assertKey(key);
      const stored = await client.find({ kind: "get", key });
      return stored === null ? null : { body: stored.body, info: client.infoOf(stored) };
    },
    tail: async (key, bytes) => {
      assertKey(key);
      const range = tailRange(bytes);
      const stored = await client.find({ kind: "get", key });
      if (stored === null) return null;
      const { start } = resolveRange(range, stored.body.byteLength);
      return { body: stored.body.slice(start), info: client.infoOf(stored) };
    },
    read: async (key, range) => {
      assertKey(key);
      if (range !== undefined) assertRange(range);
      const stored = await client.find({ kind: "get", key });
      if (stored === null) return null;
      const { start, end } = resolveRange(range, stored.body.byteLength);
      return stored.body.slice(start, end);
    },
    head: async (key) => {
      assertKey(key);
      const stored = await client.find({ kind: "head", key });
      return stored === null ? null : client.infoOf(stored);
    },
    list: (prefix) => {
      assertPrefix(prefix);
      return list(prefix);
    },
    listFolders: (prefix) => {
      assertPrefix(prefix);
      return folders(prefix);
    },
    delete: async (key, { condition, inTime } = {}) => {
      assertKey(key);
      assertInTime(key, inTime);
      await client.remove({ kind: "delete", key, condition }, inTime);
    },
    now: () => client.now(),
    locate: (key) => {
      assertKey(key);
      return `${URL}/${key}`;
    },
    close: async () => {},
  };
}

/** An object that is one PutObject, as `sink/s3/draft.ts` writes the small ones. */
function draftOf(client: Client, key: string, token: string): Draft {
  const chunks: Uint8Array[] = [];
  const doubt: Doubt = { isInDoubt: false };
  return {
    append: async (chunk) => {
      chunks.push(chunk.slice());
    },
    seal: async () => ({ bytes: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0), token }),
    publish: (condition, inTime) => {
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      return client.write({ kind: "put", key, body, condition, token }, doubt, inTime);
    },
    cancel: () => {},
    discard: async () => {
      if (!doubt.isInDoubt) return;
      const isThere = (await client.find({ kind: "head", key }))?.token === token;
      throw new BronzeError("SINK_FAILED", `${key} ${isThere ? "is there all the same" : "may still appear"}`);
    },
  };
}
