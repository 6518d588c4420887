import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type PostgresServer, startPostgres } from "../../dev/embedded-postgres.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import { failsWith } from "../support/fails-with.ts";
import { collect, open, withSource } from "./helpers.ts";

const CERTIFICATE = fileURLToPath(new URL("fixtures/server.crt", import.meta.url));
const KEY = fileURLToPath(new URL("fixtures/server.key", import.meta.url));
const PASSWORD = "s3cret/ü";

describe("connecting", () => {
  let server: PostgresServer;
  let dsn: (parameters: string) => string;
  before(async () => {
    server = await startPostgres({
      password: PASSWORD,
      settings: { ssl: "on", ssl_cert_file: "server.crt", ssl_key_file: "server.key" },
      files: { "server.crt": readFileSync(CERTIFICATE, "utf8"), "server.key": readFileSync(KEY, "utf8") },
    });
    dsn = (parameters) => `host=localhost port=${server.port} user=postgres dbname=postgres password='${PASSWORD}' ${parameters}`;
  });
  after(() => server.stop());

  it("shows the application's name to the server's operators, cut to what the server takes", async () => {
    const name = `pg-bronze/1 parcel/${"x".repeat(80)}é`;
    await withSource(
      dsn(""),
      async (source) => {
        const [row] = await source.lookup("SELECT current_setting('application_name') AS name");
        assert.equal(row?.["name"], name.slice(0, 63));
      },
      { applicationName: name },
    );
  });

  it("says so when the password is wrong, without showing it", async () => {
    await assert.rejects(
      open(`${dsn("")} password=wr0ng`),
      failsWith("SOURCE_AUTH", (error) => {
        assert.equal(error.exitCode, 2);
        assert.equal(error.context["sqlstate"], "28P01");
        assert.match(String(error.context["source"]), /localhost/);
        assert.doesNotMatch(`${error.message}${error.hint}${JSON.stringify(error.context)}${error.cause}`, /wr0ng|s3cret/);
      }),
    );
  });

  it("says where a password may come from when there is none", async () => {
    await assert.rejects(
      open(`host=localhost port=${server.port} user=postgres`),
      failsWith("SOURCE_AUTH", (error) => assert.match(error.hint ?? "", /PGPASSWORD.*pgpass/)),
    );
  });

  it("finds the password in the password file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pgpass-"));
    const file = join(folder, "pgpass");
    writeFileSync(file, `other:*:*:*:no\nlocalhost:${server.port}:postgres:postgres:${PASSWORD}\n`, { mode: 0o600 });
    const before = process.env["PGPASSFILE"];
    process.env["PGPASSFILE"] = file;
    try {
      for (const host of ["localhost", server.socketDir]) {
        const source = await open(`host=${host} port=${server.port} user=postgres`);
        assert.equal((await source.lookup("SELECT 1 AS a")).length, 1);
        await source.close();
      }
    } finally {
      if (before === undefined) delete process.env["PGPASSFILE"];
      else process.env["PGPASSFILE"] = before;
      rmSync(folder, { recursive: true });
    }
  });

  it("says so when the database does not exist", async () => {
    await assert.rejects(
      open(`${dsn("")} dbname=nowhere`),
      failsWith("DSN_INVALID", (error) => assert.match(error.message, /nowhere/)),
    );
  });

  it("says so when nobody listens, and that trying again may help", async () => {
    const idle = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => idle.once("listening", resolve));
    const { port } = idle.address() as AddressInfo;
    await new Promise((resolve) => idle.close(resolve));
    for (const host of ["127.0.0.1", "localhost"]) {
      await assert.rejects(
        open(`host=${host} port=${port} user=u`),
        failsWith("SOURCE_DOWN", (error) => {
          assert.match(error.message, /ECONNREFUSED/);
          assert.equal(error.retryable, true);
          assert.equal(error.exitCode, 1);
        }),
      );
    }
  });

  it("tells a socket that is gone, as that of a server that stopped, from a folder that isn't there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "socket-"));
    await assert.rejects(open(`host=${folder} user=u`), failsWith("SOURCE_DOWN"));
    rmSync(folder, { recursive: true });
    await assert.rejects(open(`host=${folder} user=u`), failsWith("SOURCE_UNREACHABLE"));
  });

  it("says so when nobody knows the host's name, and that trying again can't help", async () => {
    await assert.rejects(
      open("host=no-such-host.invalid user=u"),
      failsWith("SOURCE_UNREACHABLE", (error) => {
        assert.deepEqual([error.retryable, error.exitCode], [false, 2]);
        assert.match(error.hint ?? "", /host's name/);
      }),
    );
  });

  it("says so when all connections are in use, and that trying again may help", async (t) => {
    const full = await startPostgres({ settings: { max_connections: "2", superuser_reserved_connections: "0" } });
    t.after(() => full.stop());
    const dsn = `host=localhost port=${full.port} user=postgres`;
    for (const source of [await open(dsn), await open(dsn)]) t.after(() => source.close());
    await assert.rejects(
      open(dsn),
      failsWith("SOURCE_DOWN", (error) => {
        assert.deepEqual([error.context["sqlstate"], error.retryable, error.exitCode], ["53300", true, 1]);
      }),
    );
  });

  describe("to a server that does not answer", () => {
    let silent: Server;
    const sockets: Socket[] = [];
    before(async () => {
      silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
      await new Promise((resolve) => silent.once("listening", resolve));
    });
    after(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const target = () => `host=127.0.0.1 port=${(silent.address() as AddressInfo).port} user=u`;

    it("ends after the timeout", async () => {
      await assert.rejects(
        open(target(), { connectTimeoutMs: 100 }),
        failsWith("SOURCE_DOWN", (error) => assert.match(error.message, /timeout/)),
      );
    });

    it("ends when it is cancelled", async () => {
      const abort = new AbortController();
      silent.once("connection", () => abort.abort());
      await assert.rejects(open(target(), { signal: abort.signal }), failsWith("CANCELLED"));
      await assert.rejects(open(target(), { signal: AbortSignal.abort() }), failsWith("CANCELLED"));
    });
  });

  describe("with TLS", () => {
    const isEncrypted = (parameters: string): Promise<string | null | undefined> =>
      withSource(dsn(parameters), async (source) => {
        const [row] = await source.lookup("SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        return row?.["ssl"];
      });

    it("refuses a certificate of an unknown authority, and says what to do", async () => {
      await assert.rejects(
        isEncrypted("sslmode=verify-full"),
        failsWith("SOURCE_UNREACHABLE", (error) => {
          assert.match(error.hint ?? "", /sslrootcert=/);
          assert.equal(error.retryable, false);
        }),
      );
    });

    it("accepts it with its authority named", async () => {
      assert.equal(await isEncrypted(`sslmode=verify-full sslrootcert=${CERTIFICATE}`), "true");
      assert.equal(await isEncrypted(`sslrootcert=${CERTIFICATE}`), "true");
    });

    it("refuses a certificate for another name, unless only the authority is to be verified", async () => {
      await assert.rejects(
        isEncrypted(`host=127.0.0.1 sslmode=verify-full sslrootcert=${CERTIFICATE}`),
        failsWith("SOURCE_UNREACHABLE", (error) => assert.match(error.hint ?? "", /another host name/)),
      );
      assert.equal(await isEncrypted(`host=127.0.0.1 sslmode=verify-ca sslrootcert=${CERTIFICATE}`), "true");
    });

    it("checks nothing when told so", async () => assert.equal(await isEncrypted("sslmode=require"), "true"));

    it("is not used on this machine unless said", async () => assert.equal(await isEncrypted(""), "false"));

    it("says so when the server has none", async () => {
      const plain = await startPostgres();
      await assert.rejects(
        open(`host=localhost port=${plain.port} user=postgres sslmode=require`),
        failsWith("SOURCE_UNREACHABLE", (error) => assert.match(error.hint ?? "", /sslmode=disable/)),
      );
      await plain.stop();
    });

    it("reads the same bytes as without, waits for a slow consumer, and cancels", async () => {
      const select = "SELECT i, repeat('x', i % 500) FROM generate_series(1, 50000) i";
      const read = (parameters: string) =>
        withSource(dsn(parameters), async (source) => {
          const pool = createSlabPool({ slabBytes: 100_000, slabCount: 2 });
          const endless = source.read(select.replace("50000", "2000000"), pool, "copy");
          const collected = await collect(source.read(select, pool, "copy"), pool);
          for await (const slab of endless) {
            await new Promise((resolve) => setImmediate(resolve));
            pool.release(slab);
            break;
          }
          return collected;
        });
      const [plain, encrypted] = [await read("sslmode=disable"), await read("sslmode=require")];
      assert.equal(encrypted.rows, 50_000);
      assert.deepEqual(encrypted.slabs, plain.slabs);
    });
  });
});
