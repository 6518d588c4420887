import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { openRead } from "../../src/extract/open-read.ts";
import { BronzeError } from "../../src/model/errors.ts";
import type { Source } from "../../src/source/contract.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { openSource } from "../../src/source/source.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await database.query("CREATE TABLE big AS SELECT i, repeat(md5(i::text), 10) AS t FROM generate_series(1, 10) i");
});
after(() => database.drop());

const QUERY = "SELECT * FROM big";
const session = (n: number): Promise<Source> =>
  openSource({ dsn: resolveDsn({}, "X", database.dsn), applicationName: `open-read ${n}`, connectTimeoutMs: 5_000 });
const sessions = async (): Promise<unknown[]> => {
  const found = await database.query(
    `SELECT application_name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'open-read %' ORDER BY 1`,
  );
  return found.map((one) => one["application_name"]);
};

/** A first session in its snapshot, and a read over three that `connect` opens the others of. */
async function readOverThree(t: TestContext, connect: (n: number, first: Source) => Promise<Source>) {
  const first = await session(1);
  t.after(() => first.close());
  const snapshot = await first.beginSnapshot();
  const described = {
    read: { query: QUERY },
    // Large enough for many sessions.
    heap: { ...(await first.heapTable(QUERY)), bytes: 1 << 30 },
    table: { select: QUERY, project: (select: string) => select },
  } as unknown as Parameters<typeof openRead>[3];
  let opened = 1;
  return openRead(first, snapshot, QUERY, described, { transport: "copy", parallelism: 3 }, () => connect(++opened, first));
}

describe("a read over several sessions", () => {
  it("opens as many as it is to, and ends those it opened", async (t) => {
    const read = await readOverThree(t, session);
    assert.deepEqual(await sessions(), ["open-read 1", "open-read 2", "open-read 3"]);
    await Promise.all([read.close(), read.close()]);
    await eventually(["open-read 1"]);
  });

  it("ends those it has opened when the next is refused", async (t) => {
    const full = new BronzeError("SOURCE_DOWN", "too many connections", { retryable: true });
    const refusing = (n: number): Promise<Source> => (n === 3 ? Promise.reject(full) : session(n));
    await assert.rejects(readOverThree(t, refusing), full);
    await eventually(["open-read 1"]);
  });

  it("ends those it has opened when one can't join the snapshot, and says that the first one broke where it did", async (t) => {
    const breaking = async (n: number): Promise<Source> => {
      const other = await session(n);
      if (n === 3)
        await database.query(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'open-read 1'",
        );
      return other;
    };
    await assert.rejects(
      readOverThree(t, breaking),
      failsWith("SOURCE_INTERRUPTED", (error) => assert.equal(error.context["sqlstate"], "57P01")),
    );
    await eventually([]);
  });
});

/** A server needs a moment to forget a session that said goodbye. */
async function eventually(names: readonly string[]): Promise<void> {
  const giveUpAt = Date.now() + 5_000;
  while (JSON.stringify(await sessions()) !== JSON.stringify(names) && Date.now() < giveUpAt);
  assert.deepEqual(await sessions(), names);
}
