import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Connection, connect } from "../../src/source/connection.ts";
import type { WireRead } from "../../src/source/contract.ts";
import { readCopy } from "../../src/source/copy-read.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { queryText } from "../../src/source/query.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { consume } from "./helpers.ts";

let database: TestDatabase;
let connection: Connection;
/** Requests to cancel that the connection was asked for. */
let cancels = 0;
before(async () => {
  database = await testDatabase();
  const target = resolveDsn({}, "X", database.dsn);
  const real = await connect(target, { applicationName: "copy", connectTimeoutMs: 5_000, signal: undefined });
  const cancel = (): Promise<void> => {
    cancels++;
    return real.cancel();
  };
  connection = { ...real, cancel };
});
after(async () => {
  connection.destroy();
  await database.drop();
});

const pool = createSlabPool({ slabBytes: 16_384, slabCount: 3 });
const read = (rows: number, signal?: AbortSignal): WireRead =>
  readCopy(connection, `SELECT i, repeat('x', 100) FROM generate_series(1, ${rows}) i`, pool, signal);

describe("a COPY", () => {
  it("that was read to its end sends no request to cancel, which would hit the connection's next statement", async () => {
    cancels = 0;
    for (const rows of [0, 1, 5_000]) assert.deepEqual(await consume(read(rows), pool), { rows, serverRows: rows });
    assert.equal(cancels, 0);
  });

  it("is not cancelled by a signal that fires after its end", async () => {
    cancels = 0;
    const abort = new AbortController();
    await consume(read(5_000, abort.signal), pool);
    abort.abort();
    const { rows } = await queryText(connection, "SELECT pg_sleep(0.1)::text || 'ran'");
    assert.deepEqual([rows, cancels], [[["ran"]], 0]);
  });

  it("that is left, or fails at its reader, is cancelled once, and the connection serves again", async () => {
    cancels = 0;
    for await (const slab of read(1_000_000)) {
      pool.release(slab);
      break;
    }
    assert.equal(cancels, 1);
    const failing = async (): Promise<void> => {
      for await (const slab of read(1_000_000)) {
        pool.release(slab);
        throw new Error("the reader's own");
      }
    };
    await assert.rejects(failing, /the reader's own/);
    assert.equal(cancels, 2);
    assert.deepEqual((await queryText(connection, "SELECT 1::text")).rows, [["1"]]);
  });

  it("that fails at the server is not cancelled, for nothing runs any more", async () => {
    cancels = 0;
    await assert.rejects(
      consume(readCopy(connection, "SELECT 1 / (i - 3000) FROM generate_series(1, 9000) i", pool, undefined), pool),
      failsWith("SOURCE_FAILED"),
    );
    assert.equal(cancels, 0);
    assert.deepEqual((await queryText(connection, "SELECT 1::text")).rows, [["1"]]);
  });
});
