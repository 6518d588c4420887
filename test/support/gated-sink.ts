import type { ObjectWriter, Sink } from "../../src/sink/sink.ts";

/** What a request to a sink is about to do. */
export interface SinkRequest {
  readonly operation: "put" | "publish" | "get" | "head" | "tail" | "delete";
  readonly key: string;
}

export interface GatedSink extends Sink {
  /** Requests that were made, in their order, as `operation key`. */
  readonly made: string[];
  /** Called before each request, which waits for it; what it throws is what the caller gets instead. */
  before: (request: SinkRequest) => Promise<void> | void;
  /** Called after each request took effect; what it throws is what the caller gets: a lost answer. */
  after: (request: SinkRequest) => Promise<void> | void;
}

/** A sink whose requests a test can hold up, refuse, and answer late. */
export function gatedSink(sink: Sink): GatedSink {
  const gated: GatedSink = {
    ...sink,
    made: [],
    before: () => {},
    after: () => {},
    put: (key, body, options) => pass("put", key, () => sink.put(key, body, options)),
    get: (key) => pass("get", key, () => sink.get(key)),
    head: (key) => pass("head", key, () => sink.head(key)),
    tail: (key, bytes) => pass("tail", key, () => sink.tail(key, bytes)),
    delete: (key, options) => pass("delete", key, () => sink.delete(key, options)),
    create: async (key, options) => {
      const writer = await sink.create(key, options);
      const wrapped: ObjectWriter = {
        write: (chunk) => writer.write(chunk),
        seal: () => writer.seal(),
        abort: () => writer.abort(),
        publish: (condition, timely) => pass("publish", key, () => writer.publish(condition, timely)),
      };
      return wrapped;
    },
  };
  async function pass<T>(operation: SinkRequest["operation"], key: string, work: () => Promise<T>): Promise<T> {
    gated.made.push(`${operation} ${key}`);
    await gated.before({ operation, key });
    const result = await work();
    await gated.after({ operation, key });
    return result;
  }
  return gated;
}

/** A door that one side waits at until the other opens it. */
export function gate(): { readonly reached: Promise<void>; readonly open: () => void; readonly pass: () => Promise<void> } {
  let open!: () => void;
  let arrive!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    reached,
    open,
    pass: async () => {
      arrive();
      await opened;
    },
  };
}
