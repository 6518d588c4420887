import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SlabPool, SnapshotInfo, Source } from "../../src/source/contract.ts";
import { rangeSelect } from "../../src/source/heap.ts";
import { readRanges } from "../../src/source/range-read.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { collect, consume, open } from "./helpers.ts";

const SLAB_BYTES = 16_384;
const pool = (): SlabPool => createSlabPool({ slabBytes: SLAB_BYTES, slabCount: 4 });

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await database.query(`
    CREATE TABLE big AS SELECT i, repeat(md5(i::text), 1 + i % 20) AS t FROM generate_series(1, 20000) i;
    CREATE TABLE long_rows AS SELECT i, repeat(md5(i::text), CASE WHEN i % 50 = 0 THEN 3000 ELSE 5 END) AS t FROM generate_series(1, 2000) i;
    CREATE TABLE full_of_holes AS TABLE big;
    DELETE FROM full_of_holes WHERE i BETWEEN 3000 AND 15000 OR i % 3 = 0;
    UPDATE full_of_holes SET t = 'changed' WHERE i % 7 = 0;
    CREATE TABLE all_deleted AS TABLE big;
    DELETE FROM all_deleted;
    CREATE TABLE one_page AS SELECT i FROM generate_series(1, 5) i;
    CREATE TABLE nothing (i int)`);
});
after(() => database.drop());

/** Sessions in one snapshot, ready for ranges of the query. */
async function joined(query: string, count: number, name: string, signal?: AbortSignal): Promise<Source[]> {
  const first = await open(database.dsn, { applicationName: `${name} 1`, signal });
  const snapshot = await first.beginSnapshot();
  await first.beginRanges(query);
  return [first, ...(await join(query, snapshot, count - 1, name, signal))];
}

async function join(query: string, snapshot: SnapshotInfo, count: number, name: string, signal?: AbortSignal): Promise<Source[]> {
  const others: Source[] = [];
  for (let i = 0; i < count; i++) {
    const other = await open(database.dsn, { applicationName: `${name} ${i + 2}`, signal });
    await other.joinSnapshot(snapshot);
    await other.beginRanges(query);
    others.push(other);
  }
  return others;
}

async function ranged(sources: readonly Source[], query: string, slabs: SlabPool, rangeBytes = 100_000) {
  const heap = await sources[0]!.heapTable(query);
  const select = (range: Parameters<typeof rangeSelect>[1]): string => rangeSelect(query, range);
  return readRanges({ sources, heap, select, pool: slabs, rangeBytes, windowBytes: 2 * rangeBytes });
}

const closeAll = (sources: readonly Source[]) => Promise.all(sources.map((source) => source.close()));
const running = (name: string) =>
  database.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 AND state = 'active'", [`${name} %`]);
const kill = (name: string) =>
  database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [name]);

describe("a read over several sessions", () => {
  for (const table of ["big", "long_rows", "full_of_holes", "all_deleted", "one_page", "nothing"]) {
    for (const count of [1, 2, 5]) {
      it(`gives the slabs that one session gives: ${table} over ${count}`, async () => {
        const query = `SELECT * FROM ${table}`;
        const sources = await joined(query, count, "same");
        const slabs = pool();
        const together = await collect(await ranged(sources, query, slabs), slabs);
        const alone = await collect(sources[0]!.read(query, slabs, "copy"), slabs);
        assert.deepEqual(together, alone);
        await closeAll(sources);
      });
    }
  }

  for (const table of ["full_of_holes", "long_rows"]) {
    it(`reads a block at a time, if it must, and rows larger than what may be read ahead: ${table}`, async () => {
      const query = `SELECT * FROM ${table}`;
      const sources = await joined(query, 3, "blocks");
      const slabs = pool();
      const together = await collect(await ranged(sources, query, slabs, 1), slabs);
      assert.deepEqual(together, await collect(sources[0]!.read(query, slabs, "copy"), slabs));
      await closeAll(sources);
    });
  }

  it("sees one snapshot, whatever others do to the table meanwhile", async () => {
    await database.query("CREATE TABLE busy AS TABLE big");
    const query = "SELECT * FROM busy";
    const first = await open(database.dsn, { applicationName: "snapshot 1" });
    const snapshot = await first.beginSnapshot();
    const change = (digit: number) =>
      database.query(`UPDATE busy SET t = 'other' WHERE i % 10 = ${digit}; DELETE FROM busy WHERE i % 10 = ${digit + 1};
        INSERT INTO busy SELECT i, 'new' FROM generate_series(1, 9000) i`);
    await change(1);
    await first.beginRanges(query);
    const others = await join(query, snapshot, 2, "snapshot");
    await change(3);
    const slabs = pool();
    const read = await ranged([first, ...others], query, slabs);
    const seen: Buffer[] = [];
    for await (const slab of read) {
      seen.push(Buffer.from(slab.bytes.subarray(0, slab.byteLength)));
      slabs.release(slab);
      if (seen.length % 100 === 10) await change(5);
    }
    assert.equal(await read.rows, 20_000);
    assert.deepEqual(seen, (await collect(first.read(query, slabs, "copy"), slabs)).slabs);
    await closeAll([first, ...others]);
  });

  for (const victim of [1, 2, 3]) {
    it(`is interrupted when session ${victim} of 3 is killed, and stops the others`, async () => {
      const query = "SELECT * FROM big";
      const name = `victim-${victim}`;
      const sources = await joined(query, 3, name);
      const slabs = pool();
      const read = await ranged(sources, query, slabs);
      const consumed = async () => {
        let taken = 0;
        for await (const slab of read) {
          slabs.release(slab);
          if (taken++ === 0) await kill(`${name} ${victim}`);
        }
      };
      await assert.rejects(consumed(), failsWith("SOURCE_INTERRUPTED"));
      await assert.rejects(read.rows, failsWith("SOURCE_INTERRUPTED"));
      assert.deepEqual(await running(name), []);
      await closeAll(sources);
    });
  }

  it("runs nothing any more when it is left in the middle, and its sessions can go on", async () => {
    const query = "SELECT * FROM big";
    const sources = await joined(query, 3, "left");
    const slabs = pool();
    for await (const slab of await ranged(sources, query, slabs)) {
      slabs.release(slab);
      break;
    }
    assert.deepEqual(await running("left"), []);
    for (const source of sources) {
      assert.deepEqual(await consume(source.read(query, slabs, "copy"), slabs), { rows: 20_000, serverRows: 20_000 });
    }
    await closeAll(sources);
  });

  it("can be cancelled while nobody takes what was read", async () => {
    const abort = new AbortController();
    const query = "SELECT * FROM big";
    const sources = await joined(query, 3, "cancelled", abort.signal);
    const slabs = pool();
    const read = (await ranged(sources, query, slabs))[Symbol.asyncIterator]();
    const first = await read.next();
    abort.abort();
    if (!first.done) slabs.release(first.value);
    await assert.rejects(async () => {
      for (let next = await read.next(); !next.done; next = await read.next()) slabs.release(next.value);
    }, failsWith("CANCELLED"));
    assert.deepEqual(await running("cancelled"), []);
    await closeAll(sources);
  });

  it("can't join a snapshot whose session has ended, or one that was not exported", async () => {
    const first = await open(database.dsn);
    const snapshot = await first.beginSnapshot();
    await first.close();
    const other = await open(database.dsn);
    await assert.rejects(
      other.joinSnapshot(snapshot),
      failsWith("SOURCE_FAILED", (error) => assert.match(error.hint ?? "", /one server/)),
    );
    await assert.rejects(other.joinSnapshot({ ...snapshot, exported: false }), failsWith("CONFIG_INVALID"));
    await other.close();
  });
});
