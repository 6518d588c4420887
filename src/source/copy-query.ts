import type { Submittable } from "pg";
import type { Connection } from "./connection.ts";
import type { Slab, SlabPool } from "./contract.ts";
import { CopyFramer } from "./copy-framer.ts";
import { UNUSED_HANDLERS } from "./query.ts";
import type { TappedStream } from "./tap.ts";

export interface CopyQuery extends Submittable {
  /** The row count of the command tag, when `pg` has the connection back; rejected with what `pg` says of an error. */
  readonly ended: Promise<number>;
  /** Throws away what still comes, so that the end of it is found. */
  discard(): void;
}

/** COPY as a query that `pg` submits; the handlers are those that its client calls. */
export function copyQuery(connection: Connection, sql: string, pool: SlabPool, onSlab: (slab: Slab) => void): CopyQuery {
  let tapped: TappedStream | null = null;
  let rows = 0;
  let settle: { resolve(rows: number): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  const ended = new Promise<number>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const handBack = (rest: Buffer): void => {
    const stream = tapped;
    tapped = null;
    framer.dispose();
    stream?.untap();
    stream?.toPg(rest);
    stream?.resume();
  };
  const framer = new CopyFramer(pool, {
    slab: onSlab,
    message: (frame) => tapped?.toPg(frame),
    resume: () => tapped?.resume(),
    end: handBack,
    corrupt: (error) => {
      settle.reject(error);
      connection.destroy();
    },
  });
  const query = {
    ...UNUSED_HANDLERS,
    ended,
    discard: () => framer.discard(),
    submit(wire: { query(text: string): void }) {
      tapped = connection.stream.tap(framer);
      wire.query(sql);
    },
    handleCommandComplete(message: { text: string }) {
      rows = Number(message.text.split(" ")[1]);
    },
    handleReadyForQuery: () => settle.resolve(rows),
    handleError(error: unknown) {
      // Without a message from the server the connection is gone, and nothing reads into the memory any more.
      tapped?.untap();
      tapped = null;
      framer.dispose();
      settle.reject(error);
    },
  };
  return query;
}
