import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { startPostgres } from "../../dev/embedded-postgres.ts";
import type { Source } from "../../src/source/contract.ts";
import { restartable } from "../../src/source/restarts.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { collect, open, withSource } from "./helpers.ts";

const TRANSPORTS = ["copy", "cursor"] as const;
const ENDLESS = "SELECT generate_series(1, 1000000000) AS i, repeat('x', 100) AS t";

function pool() {
  return createSlabPool({ slabBytes: 65_536, slabCount: 2 });
}

/** Reads on and on, and does something once the first slab is there. */
async function readWhile(source: Source, select: string, transport: "copy" | "cursor", then: () => unknown): Promise<void> {
  const slabs = pool();
  let first = true;
  for await (const slab of source.read(select, slabs, transport)) {
    slabs.release(slab);
    if (first) await then();
    first = false;
  }
}

describe("a source that fails", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
    await database.query("CREATE TABLE t AS SELECT i, repeat('x', 100) AS t FROM generate_series(1, 50000) i");
    await database.query(`CREATE FUNCTION fail_at(i int, at int, state text, what text) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN IF i = at THEN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = what; END IF; RETURN i; END $$`);
  });
  after(() => database.drop());

  const sessions = (name: string, more = "true") =>
    database.query(`SELECT pid, state, query FROM pg_stat_activity WHERE application_name = $1 AND ${more}`, [name]);
  const kill = async (name: string) => {
    await database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [name]);
  };

  for (const transport of TRANSPORTS) {
    it(`is interrupted when its backend is killed (${transport})`, async () => {
      const name = `killed ${transport}`;
      const source = await open(database.dsn, { applicationName: name });
      await source.beginSnapshot();
      await assert.rejects(
        readWhile(source, ENDLESS, transport, () => kill(name)),
        failsWith("SOURCE_INTERRUPTED", (error) => {
          assert.equal(error.retryable, true);
          assert.equal(restartable(error), true);
        }),
      );
      await assert.rejects(source.lookup("SELECT 1"), failsWith("SOURCE_INTERRUPTED"));
      await source.close();
    });

    it(`runs nothing any more once it is cancelled (${transport})`, async () => {
      const abort = new AbortController();
      const name = `cancelled ${transport}`;
      const source = await open(database.dsn, { applicationName: name, signal: abort.signal });
      await source.beginSnapshot();
      await assert.rejects(
        readWhile(source, ENDLESS, transport, () => abort.abort()),
        failsWith("CANCELLED"),
      );
      assert.deepEqual(await sessions(name, "state = 'active'"), []);
      await source.close();
    });

    it(`can be cancelled while the consumer holds all slabs (${transport})`, async () => {
      const abort = new AbortController();
      const slabs = pool();
      await withSource(
        database.dsn,
        async (source) => {
          const read = source.read(ENDLESS, slabs, transport)[Symbol.asyncIterator]();
          await read.next();
          await read.next();
          const third = read.next();
          setImmediate(() => abort.abort());
          await assert.rejects(third, failsWith("CANCELLED"));
        },
        { signal: abort.signal },
      );
    });

    it(`fails at once where the query fails in the middle (${transport})`, async () => {
      const select = "SELECT fail_at(i, 20000, '22012', 'division by zero') FROM generate_series(1, 30000) i";
      await assert.rejects(
        withSource(database.dsn, (source) => readWhile(source, select, transport, () => {})),
        failsWith("SOURCE_FAILED", (error) => {
          assert.equal(error.context["sqlstate"], "22012");
          assert.match(error.message, /division by zero/);
          assert.match(String(error.context["where"]), /fail_at/);
          assert.equal(restartable(error), false);
        }),
      );
    });
  }

  it("ends its transaction and its session when it is closed, however often, and also when it broke before", async () => {
    const source = await open(database.dsn, { applicationName: "closed" });
    await source.beginSnapshot();
    assert.equal((await sessions("closed", "xact_start IS NOT NULL")).length, 1);
    await Promise.all([source.close(), source.close()]);
    while ((await sessions("closed")).length > 0);
    await source.close();
    const broken = await open(database.dsn, { applicationName: "broken" });
    await broken.beginSnapshot();
    await kill("broken");
    await broken.close();
    while ((await sessions("broken")).length > 0);
  });

  const conflicts = [
    ["40001", "canceling statement due to conflict with recovery"],
    ["57014", "canceling statement due to conflict with recovery"],
    ["40001", "could not serialize access"],
    ["57P01", "terminating connection due to administrator command"],
    ["08006", "connection failure"],
  ];
  for (const [state, what] of conflicts) {
    it(`is interrupted by ${state} "${what}"`, async () => {
      const select = `SELECT fail_at(i, 20000, '${state}', '${what}') FROM generate_series(1, 30000) i`;
      await assert.rejects(
        withSource(database.dsn, (source) => readWhile(source, select, "copy", () => {})),
        failsWith("SOURCE_INTERRUPTED", (error) => assert.equal(restartable(error), true)),
      );
    });
  }

  it("cancels a lookup that runs", async () => {
    const abort = new AbortController();
    const source = await open(database.dsn, { signal: abort.signal, applicationName: "sleeper" });
    const lookup = source.lookup("SELECT pg_sleep(60)");
    while ((await sessions("sleeper", "query LIKE '%pg_sleep%'")).length === 0);
    abort.abort();
    await assert.rejects(lookup, failsWith("CANCELLED"));
    await assert.rejects(source.lookup("SELECT 1"), failsWith("CANCELLED"));
    await source.close();
    assert.deepEqual(await sessions("sleeper", "state = 'active'"), []);
  });

  it("waits for a lock no longer than said", async () => {
    const unlock = await testLock(database);
    await assert.rejects(
      withSource(database.dsn, (source) => source.lookup("SELECT * FROM locked"), { lockTimeoutMs: 50 }),
      failsWith("SOURCE_FAILED", (error) => {
        assert.equal(error.context["sqlstate"], "55P03");
        assert.match(error.hint ?? "", /lock_timeout_ms/);
      }),
    );
    await unlock();
  });

  it("ends a statement after its timeout", async () => {
    await assert.rejects(
      withSource(database.dsn, (source) => readWhile(source, ENDLESS, "copy", () => {}), { statementTimeoutMs: 100 }),
      failsWith("SOURCE_FAILED", (error) => assert.match(error.hint ?? "", /statement_timeout_ms/)),
    );
  });

  const silences = [
    ["57P05", "idle_session_timeout", "-c idle_session_timeout=20ms", null, {}],
    ["25P03", "idle_in_transaction_timeout_ms", "", "snapshot", { idleInTransactionTimeoutMs: 20 }],
  ] as const;
  for (const [sqlstate, setting, parameters, snapshot, timeouts] of silences) {
    it(`is interrupted when the server ended its session for being silent (${sqlstate}), and says which timeout`, async () => {
      const name = `silent ${sqlstate}`;
      const options = parameters === "" ? "" : `?options=${encodeURIComponent(parameters)}`;
      const source = await open(`${database.dsn}${options}`, { applicationName: name, ...timeouts });
      if (snapshot !== null) await source.beginSnapshot();
      while ((await sessions(name)).length > 0);
      await assert.rejects(
        source.lookup("SELECT 1"),
        failsWith("SOURCE_INTERRUPTED", (error) => {
          assert.equal(error.context["sqlstate"], sqlstate);
          assert.match(error.hint ?? "", new RegExp(setting));
          assert.equal(restartable(error), true);
        }),
      );
      await source.close();
    });
  }

  it("says so when the table was dropped before the read", async () => {
    await database.query("CREATE TABLE dropped AS SELECT 1 AS a");
    const source = await open(database.dsn);
    assert.equal((await source.describe("SELECT * FROM dropped")).length, 1);
    await database.query("DROP TABLE dropped");
    await source.beginSnapshot();
    const slabs = pool();
    await assert.rejects(collect(source.read("SELECT * FROM dropped", slabs, "copy"), slabs), failsWith("TABLE_MISSING"));
    await source.close();
  });

  it("keeps its table from being dropped in the middle of a read", async () => {
    await withSource(database.dsn, async (source) => {
      await readWhile(source, "SELECT * FROM t", "copy", async () => {
        await assert.rejects(database.query("BEGIN; SET LOCAL lock_timeout = '50ms'; DROP TABLE t"), /lock timeout/);
      });
    });
  });

  it("is interrupted when the server shuts down", async () => {
    const server = await startPostgres();
    const source = await open(server.dsn);
    await source.beginSnapshot();
    await assert.rejects(
      readWhile(source, ENDLESS, "copy", () => void server.stop()),
      failsWith("SOURCE_INTERRUPTED"),
    );
    await source.close();
  });

  describe("behind a network", () => {
    let proxy: Server;
    let onBytes: (bytes: Buffer) => Buffer | "cut";
    before(async () => {
      const { hostname, port } = new URL(database.dsn);
      proxy = createServer((client) => {
        const server = connect(Number(port), hostname);
        client.pipe(server);
        client.on("error", () => server.destroy());
        server.on("error", () => client.destroy());
        server.on("data", (bytes) => {
          const passed = onBytes(bytes);
          if (passed !== "cut") client.write(passed);
          else {
            client.resetAndDestroy();
            server.destroy();
          }
        });
      }).listen(0, "127.0.0.1");
      await new Promise((resolve) => proxy.once("listening", resolve));
    });
    after(() => proxy.close());
    const through = (): string => {
      const url = new URL(database.dsn);
      url.port = String((proxy.address() as AddressInfo).port);
      return url.href;
    };

    for (const transport of TRANSPORTS) {
      it(`is interrupted when the connection is reset (${transport})`, async () => {
        let left = 300_000;
        onBytes = (bytes) => {
          left -= bytes.length;
          return left < 0 ? "cut" : bytes;
        };
        await assert.rejects(
          withSource(through(), (source) => readWhile(source, ENDLESS, transport, () => {})),
          failsWith("SOURCE_INTERRUPTED"),
        );
      });
    }

    it("notices changed bytes", async () => {
      onBytes = (bytes) => {
        const at = bytes.indexOf("PGCOPY");
        if (at >= 0) bytes[at] = 0;
        return bytes;
      };
      await assert.rejects(
        withSource(through(), (source) => readWhile(source, "SELECT * FROM t", "copy", () => {})),
        failsWith("WIRE_CORRUPT"),
      );
    });
  });
});

/** Locks a table of its own until the returned function is called. */
async function testLock(database: TestDatabase): Promise<() => Promise<void>> {
  await database.query("CREATE TABLE locked (a int)");
  const client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  await client.query("BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE");
  return () => client.end();
}
