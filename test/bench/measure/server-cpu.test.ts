import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pg from "pg";
import { findServerCpu } from "../../../bench/measure/server-cpu.ts";
import { testDatabase } from "../../support/postgres.ts";

describe("the server's CPU time", { skip: process.platform !== "linux" }, () => {
  it("counts a session that has ended, and not our own idle one", async (t) => {
    const database = await testDatabase();
    const client = new pg.Client({ connectionString: database.dsn });
    await client.connect();
    t.after(async () => {
      await client.end();
      await database.drop();
    });
    const cpu = await findServerCpu(client);
    if (cpu === null) return t.skip("the server's processes can't be seen from here");
    const before = await cpu.totalMs();
    const worker = new pg.Client({ connectionString: database.dsn });
    await worker.connect();
    await worker.query("SELECT sum(length(md5(i::text))) FROM generate_series(1, 300000) i");
    await worker.end();
    const used = (await cpu.totalMs()) - before;
    assert.ok(used >= 50, `${used} ms`);
  });
});
