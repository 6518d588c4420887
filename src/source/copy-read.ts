import { BronzeError } from "../model/errors.ts";
import { type Connection, untilReady } from "./connection.ts";
import type { Slab, SlabPool, WireRead } from "./contract.ts";
import { copyQuery } from "./copy-query.ts";
import { sourceError } from "./errors.ts";
import { checkSelect } from "./select.ts";
import { wireRead } from "./wire-read.ts";

/**
 * Reads a query by `COPY … TO STDOUT (FORMAT binary)`. `pg` connects, logs in and sends; while the data comes, its bytes are taken
 * off the socket before `pg` sees them, and given back with the first message behind the data.
 */
export function readCopy(connection: Connection, select: string, pool: SlabPool, signal: AbortSignal | undefined): WireRead {
  const sql = `COPY (\n${checkSelect(select).text}\n) TO STDOUT (FORMAT binary)`;
  return wireRead(async function* () {
    if (signal?.aborted) throw new BronzeError("CANCELLED", "Cancelled before reading the source");
    const copy = startCopy(connection, sql, pool);
    const onAbort = (): void => void copy.stop(new BronzeError("CANCELLED", "Cancelled while reading the source"));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (let slab = await copy.next(); slab !== null; slab = await copy.next()) yield slab;
      return await copy.ended;
    } catch (error) {
      throw sourceError(error, signal?.aborted === true, connection.farewell());
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await copy.stop(new BronzeError("CANCELLED", "The read was left before its end"));
    }
  });
}

interface RunningCopy {
  /** The next slab; null when there are no more. */
  next(): Promise<Slab | null>;
  /** Cancels the query at the server, unless it has ended, and waits for that; what comes until then is thrown away. */
  stop(reason: BronzeError): Promise<void>;
  /** The row count of the command tag, when `pg` has the connection back. */
  readonly ended: Promise<number>;
}

function startCopy(connection: Connection, sql: string, pool: SlabPool): RunningCopy {
  const ready: Slab[] = [];
  let wake: (() => void) | null = null;
  let failure: unknown = null;
  let over = false;
  let stopping: Promise<void> | null = null;
  const notify = (): void => {
    wake?.();
    wake = null;
  };
  const query = copyQuery(connection, sql, pool, (slab) => {
    if (stopping !== null) pool.release(slab);
    else ready.push(slab);
    notify();
  });
  const ended = query.ended.finally(() => {
    over = true;
    notify();
  });
  ended.catch((error: unknown) => {
    failure ??= error;
  });
  connection.client.query(query);
  return {
    ended,
    async next() {
      while (ready.length === 0 && !over) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure !== null) throw failure;
      return ready.shift() ?? null;
    },
    async stop(reason) {
      for (const slab of ready.splice(0)) pool.release(slab);
      if (!over && stopping === null) {
        failure ??= reason;
        query.discard();
        stopping = untilReady(connection, connection.cancel());
      }
      await stopping;
    },
  };
}
