import assert from "node:assert/strict";
import type { SlabPool, Source, WireRead } from "../../src/source/contract.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { openSource, type SourceOptions } from "../../src/source/source.ts";

export function open(dsn: string, options: Partial<SourceOptions> = {}): Promise<Source> {
  return openSource({
    dsn: resolveDsn({}, "TEST_DSN", dsn),
    applicationName: "pg-bronze/test",
    connectTimeoutMs: 5_000,
    ...options,
  });
}

/** A source in a snapshot, closed after the work. */
export async function withSource<T>(dsn: string, work: (source: Source) => Promise<T>, options: Partial<SourceOptions> = {}) {
  const source = await open(dsn, options);
  try {
    await source.beginSnapshot();
    return await work(source);
  } finally {
    await source.close();
  }
}

export interface Collected {
  /** Each slab's bytes in use. */
  readonly slabs: Buffer[];
  readonly rows: number;
  readonly serverRows: number;
}

export async function collect(read: WireRead, pool: SlabPool): Promise<Collected> {
  const slabs: Buffer[] = [];
  let rows = 0;
  for await (const slab of read) {
    slabs.push(Buffer.from(slab.bytes.subarray(0, slab.byteLength)));
    rows += slab.rows;
    pool.release(slab);
  }
  return { slabs, rows, serverRows: await read.rows };
}

/** Reads to the end and keeps nothing. */
export async function consume(read: WireRead, pool: SlabPool): Promise<{ rows: number; serverRows: number }> {
  let rows = 0;
  for await (const slab of read) {
    rows += slab.rows;
    pool.release(slab);
  }
  return { rows, serverRows: await read.rows };
}

/** Fields of every row of a slab, null for null. Fails unless the slab holds whole rows and nothing else. */
export function rowsOf(slab: Buffer): (Buffer | null)[][] {
  const rows: (Buffer | null)[][] = [];
  let at = 0;
  while (at < slab.length) {
    assert.equal(slab[at], 0x64);
    const end = at + 1 + slab.readInt32BE(at + 1);
    const row: (Buffer | null)[] = [];
    const fields = slab.readInt16BE(at + 5);
    at += 7;
    for (let field = 0; field < fields; field++) {
      const length = slab.readInt32BE(at);
      at += 4;
      row.push(length < 0 ? null : slab.subarray(at, at + length));
      at += Math.max(0, length);
    }
    assert.equal(at, end);
    rows.push(row);
  }
  return rows;
}
