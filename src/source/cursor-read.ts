import type QueryStream from "pg-query-stream";
import { BronzeError } from "../model/errors.ts";
import { quoteIdentifier } from "../model/sql.ts";
import type { PgType, SourceColumn } from "../pgtypes/contract.ts";
import { type Connection, untilReady } from "./connection.ts";
import type { Slab, SlabPool, WireRead } from "./contract.ts";
import { sourceError } from "./errors.ts";
import { checkSelect } from "./select.ts";
import { wireRead } from "./wire-read.ts";

/** Rows fetched in one round trip. */
const BATCH_ROWS = 100;
/** Tag, length, field count. */
const ROW_HEAD_BYTES = 7;

/**
 * Reads a query through a cursor, for sources where COPY is not allowed. `pg` takes rows as text, so the server is asked for each
 * column's binary form as bytea, by the very function that COPY BINARY would call, and the rows are put into the same frames.
 * Slower than COPY by far; a value's text form must fit in a JavaScript string, so values end at about 256 MB.
 */
export function readCursor(
  connection: Connection,
  select: string,
  describe: () => Promise<readonly SourceColumn[]>,
  pool: SlabPool,
  signal: AbortSignal | undefined,
): WireRead {
  const checked = checkSelect(select);
  return wireRead(async function* () {
    let cancelling: Promise<void> | null = null;
    const onAbort = (): void => {
      cancelling ??= connection.cancel();
    };
    let running = false;
    let writer: SlabWriter | null = null;
    try {
      throwIfAborted(signal);
      const columns = await describe();
      const sql = `SELECT ${columns.map(binaryForm).join(", ")} FROM (\n${checked.text}\n) AS "q"`;
      const stream = connection.client.query(await queryStream(sql));
      running = true;
      signal?.addEventListener("abort", onAbort, { once: true });
      let rows = 0;
      for await (const row of stream as AsyncIterable<(Buffer | null)[]>) {
        throwIfAborted(signal);
        const frameBytes = frameBytesOf(row);
        if (writer !== null && !writer.fits(frameBytes)) {
          const full = writer.finish();
          writer = null;
          yield full;
        }
        writer ??= slabWriter(await acquire(pool, frameBytes, signal));
        writer.write(row, frameBytes);
        rows++;
      }
      running = false;
      throwIfAborted(signal);
      const last = writer?.finish();
      writer = null;
      if (last !== undefined) yield last;
      return rows;
    } catch (error) {
      throw sourceError(error, signal?.aborted === true, connection.farewell());
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (writer !== null) pool.release({ bytes: writer.memory });
      if (running) await untilReady(connection, cancelling ?? connection.cancel());
    }
  });
}

/**
 * Before its error event the library closes the cursor, and waits for the server's answer to that. From a connection that broke
 * none will come, so the error is passed on as soon as it is known; the library's own, if it comes, is then old news.
 */
async function queryStream(sql: string): Promise<QueryStream> {
  const { default: QueryStream } = await import("pg-query-stream");
  const stream = new QueryStream(sql, [], { rowMode: "array", batchSize: BATCH_ROWS });
  stream.on("error", () => {});
  stream.callback = (error: unknown) => {
    if (error) stream.emit("error", error);
  };
  return stream;
}

/** `pg_catalog.int4send("q"."id"::"pg_catalog"."int4")`. The cast changes nothing but a domain, which functions for any enum or record don't take. */
function binaryForm({ name, type }: SourceColumn): string {
  const base = baseType(type);
  if (base.send === null) {
    throw new BronzeError("QUERY_INVALID", `Column ${JSON.stringify(name)} of type ${base.name} has no binary form`, {
      hint: "Cast it in the query: column::text.",
      context: { column: name, type: base.name },
    });
  }
  return `${base.send}("q".${quoteIdentifier(name)}::${quoteIdentifier(base.schema)}.${quoteIdentifier(base.name)})`;
}

function baseType(type: PgType): PgType {
  return type.base === undefined ? type : baseType(type.base.type);
}

function frameBytesOf(row: readonly (Buffer | null)[]): number {
  let frameBytes = ROW_HEAD_BYTES;
  for (const field of row) frameBytes += 4 + (field?.length ?? 0);
  return frameBytes;
}

interface SlabWriter {
  readonly memory: Uint8Array;
  fits(frameBytes: number): boolean;
  write(row: readonly (Buffer | null)[], frameBytes: number): void;
  finish(): Slab;
}

function slabWriter(memory: Uint8Array): SlabWriter {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  let at = 0;
  let rows = 0;
  return {
    memory,
    fits: (frameBytes) => frameBytes <= memory.length - at,
    write(row, frameBytes) {
      memory[at] = 0x64;
      view.setInt32(at + 1, frameBytes - 1);
      view.setInt16(at + 5, row.length);
      at += ROW_HEAD_BYTES;
      for (const field of row) {
        view.setInt32(at, field === null ? -1 : field.length);
        at += 4;
        if (field === null) continue;
        memory.set(field, at);
        at += field.length;
      }
      rows++;
    },
    finish: () => ({ bytes: memory, byteLength: at, rows }),
  };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BronzeError("CANCELLED", "Cancelled while reading the source");
}

/** A slab, unless the signal fires first; the slab then goes back when its turn comes. */
function acquire(pool: SlabPool, byteLength: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let abandoned = false;
    const onAbort = (): void => {
      abandoned = true;
      reject(new BronzeError("CANCELLED", "Cancelled while reading the source"));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    void pool.acquire(byteLength).then((memory) => {
      signal?.removeEventListener("abort", onAbort);
      if (abandoned) pool.release({ bytes: memory });
      else resolve(memory);
    });
  });
}
