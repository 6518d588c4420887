import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { after, before, describe, it } from "node:test";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { open } from "./helpers.ts";

let database: TestDatabase;
before(async () => {
  database = await testDatabase();
  await database.query("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_export_snapshot() FROM PUBLIC");
});
after(() => database.drop());

/** The connection string of a role that may not export a snapshot. */
function restricted(): URL {
  const url = new URL(database.dsn);
  url.searchParams.set("options", "-c role=pg_read_all_data");
  return url;
}

/** The last statement of the sessions of that name. */
async function lastStatement(name: string): Promise<unknown> {
  const [session] = await database.query("SELECT query FROM pg_stat_activity WHERE application_name = $1", [name]);
  return session?.["query"];
}

describe("a snapshot", () => {
  it("is an exported one where the role may export it", async () => {
    const source = await open(database.dsn);
    const { id, exported } = await source.beginSnapshot();
    assert.match(id, /^[0-9A-F]+-[0-9A-F]+-\d+$/);
    assert.equal(exported, true);
    await source.close();
  });

  it("is named as the server names it where the role may not export it, and stays the same", async () => {
    const source = await open(restricted().href, { applicationName: "may not" });
    const { id, exported, lsn } = await source.beginSnapshot();
    assert.match(id, /^\d+:\d+:/);
    assert.equal(exported, false);
    assert.notEqual(lsn, null);
    assert.match(String(await lastStatement("may not")), /pg_current_snapshot/);
    await database.query("CREATE TABLE later (a int)");
    assert.deepEqual(await source.lookup("SELECT pg_current_snapshot()::text AS id"), [{ id }]);
    await source.close();
  });

  describe("of a server before PostgreSQL 13", () => {
    let proxy: Server;
    before(async () => {
      const { hostname, port } = new URL(database.dsn);
      proxy = createServer((client) => {
        const server = connect(Number(port), hostname);
        client.pipe(server);
        client.on("error", () => server.destroy());
        server.on("error", () => client.destroy());
        server.on("end", () => client.end());
        server.on("data", (bytes) => client.write(asVersion12(bytes)));
      });
      await once(proxy.listen(0, "127.0.0.1"), "listening");
    });
    after(() => proxy.close());

    it("is asked for by the function of that time", async () => {
      const url = restricted();
      url.port = String((proxy.address() as AddressInfo).port);
      const source = await open(url.href, { applicationName: "old" });
      assert.match(source.serverVersion, /^12\./);
      const { id, exported } = await source.beginSnapshot();
      assert.match(id, /^\d+:\d+:/);
      assert.equal(exported, false);
      assert.match(String(await lastStatement("old")), /txid_current_snapshot/);
      await source.close();
    });
  });
});

/** The same bytes, but that the server says it is a version 12. */
function asVersion12(bytes: Buffer): Buffer {
  const name = "server_version\0";
  const at = bytes.indexOf(name);
  if (at >= 0) bytes.write("12", at + name.length, "latin1");
  return bytes;
}
