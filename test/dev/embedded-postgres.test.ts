import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { startPostgres } from "../../dev/embedded-postgres.ts";
import { postgisDatabase, testDatabase } from "../support/postgres.ts";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

async function connects(dsn: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: dsn });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

describe("the embedded PostgreSQL", () => {
  it("starts, answers, stops and leaves no folder", async () => {
    const server = await startPostgres();
    assert.equal(await connects(server.dsn), true);
    await server.stop();
    assert.equal(await connects(server.dsn), false);
    assert.equal(existsSync(server.socketDir ?? "?"), false);
  });

  it("asks for the password when it has one", async () => {
    const server = await startPostgres({ password: "s p@ce/ü" });
    assert.equal(await connects(server.dsn), true);
    assert.equal(await connects(`postgresql://postgres:wrong@127.0.0.1:${server.port}/postgres`), false);
    await server.stop();
  });

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`does not outlive a process that ends by ${signal}`, async () => {
      const script = `
        import { startPostgres } from "./dev/embedded-postgres.ts";
        startPostgres().then((server) => { console.log(JSON.stringify(server)); setInterval(() => {}, 1000); });`;
      const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
        cwd: repository,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const { dsn, socketDir } = JSON.parse(line.toString()) as { dsn: string; socketDir: string };
      assert.equal(await connects(dsn), true);
      child.kill(signal);
      const deadline = Date.now() + 20_000;
      while (existsSync(socketDir) && Date.now() < deadline) await delay(50);
      assert.equal(existsSync(socketDir), false);
      assert.equal(await connects(dsn), false);
    });
  }
});

describe("the test databases", () => {
  it("are fresh, and gone after drop", async () => {
    const database = await testDatabase();
    await database.query("CREATE TABLE t AS SELECT 1 AS x; SELECT 2");
    assert.deepEqual(await database.query("SELECT x + $1::int AS y FROM t", [1]), [{ y: 2 }]);
    await database.drop();
    assert.equal(await connects(database.dsn), false);
  });

  it("have PostGIS where it is installed", async (t) => {
    const database = await postgisDatabase();
    if (database === null) return t.skip("PostGIS is not installed");
    const [row] = await database.query("SELECT ST_AsText('POINT(1 2)'::geometry) AS wkt");
    assert.equal(row?.["wkt"], "POINT(1 2)");
    await database.drop();
  });
});
