import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type ConnectionTarget, resolveDsn } from "../../src/source/dsn.ts";
import { failsWith } from "../support/fails-with.ts";

const CERTIFICATE = fileURLToPath(new URL("fixtures/server.crt", import.meta.url));
const KEY = fileURLToPath(new URL("fixtures/server.key", import.meta.url));

function resolve(dsn: string, env: Record<string, string> = {}): ConnectionTarget {
  return resolveDsn({ USER: "me", LINODE_DSN: dsn, ...env }, "LINODE_DSN");
}

describe("the source's connection string", () => {
  const same: readonly (readonly [form: string, dsn: string])[] = [
    ["a URL", "postgresql://u%40x:p%23%2Fw@db.example:6432/my%20db?application_name=a"],
    [
      "a URL with parameters",
      "postgres://?host=db.example&port=6432&dbname=my%20db&user=u%40x&password=p%23%2Fw&application_name=a",
    ],
    ["keyword=value pairs", "host=db.example port=6432 dbname='my db' user=u@x password='p#/w' application_name = a"],
    ["pairs with escapes", "host=db.example port=6432 dbname=my\\ db user=u@x password='\\p#/w' application_name=a"],
  ];
  for (const [form, dsn] of same) {
    it(`is read as ${form}`, () => {
      const target = resolve(dsn);
      assert.deepEqual(
        [target.host, target.port, target.database, target.user, target.password],
        ["db.example", 6432, "my db", "u@x", "p#/w"],
      );
    });
  }

  it("names a Unix socket by its folder", () => {
    assert.equal(resolve("postgresql:///db?host=/tmp/s").host, "/tmp/s");
    assert.equal(resolve("postgresql://u@%2Ftmp%2Fs/db").host, "/tmp/s");
    assert.equal(resolve("host=/tmp/s").ssl, false);
  });

  it("is filled in from libpq's variables, and wins over them", () => {
    const env = {
      PGHOST: "other",
      PGPORT: "1",
      PGUSER: "env",
      PGPASSWORD: "secret",
      PGSSLMODE: "disable",
      PGCONNECT_TIMEOUT: "3",
    };
    const target = resolve("postgresql://db.example/x", env);
    assert.deepEqual(
      [target.host, target.port, target.user, target.password, target.ssl, target.connectTimeoutMs],
      ["db.example", 1, "env", "secret", false, 3_000],
    );
    assert.equal(resolveDsn({ PGDATABASE: "only", USER: "me" }, "LINODE_DSN").database, "only");
  });

  it("is asked for by the name of its variable when nothing names a source", () => {
    assert.throws(
      () => resolveDsn({ USER: "me" }, "LINODE_DSN"),
      failsWith("DSN_MISSING", (error) => {
        assert.match(error.message, /LINODE_DSN is not set/);
        assert.match(error.hint ?? "", /LINODE_DSN=postgresql:/);
      }),
    );
  });

  it("given explicitly wins over the variable", () => {
    assert.equal(resolveDsn({ LINODE_DSN: "host=a", USER: "me" }, "LINODE_DSN", "host=b").host, "b");
  });

  const invalid = [
    "mysql://db/x",
    "host=a,b user=u",
    "postgresql://a:1,b:2/x",
    "nonsense",
    "host=a hots=b",
    "host=a passfile=/x",
    "port=x",
    "port=99999",
    "sslmode=maybe",
    "postgresql://u:s#cret@h/x",
    "postgresql://u:s?cret@h/x",
    "postgresql://u:s/cret@h/x",
    "postgresql://u:12?cret=1@h/x",
    "host='cret",
  ];
  for (const dsn of invalid) {
    it(`${JSON.stringify(dsn)} is refused, and its password is not shown`, () => {
      assert.throws(
        () => resolve(dsn),
        failsWith("DSN_INVALID", (error) => {
          assert.doesNotMatch(`${error.message} ${error.hint} ${JSON.stringify(error.context)} ${error.cause}`, /cret/);
        }),
      );
    });
  }

  it("keeps the password out of JSON and logs", () => {
    const target = resolve("postgresql://u:hidden@h/x");
    assert.doesNotMatch(JSON.stringify(target), /hidden/);
    assert.doesNotMatch(JSON.stringify({ ...target }), /hidden/);
  });
});

describe("TLS", () => {
  const verified = {};
  const table: readonly (readonly [dsn: string, ssl: false | object])[] = [
    ["host=db.example", verified],
    ["host=10.0.0.1", verified],
    ["host=localhost", false],
    ["host=127.0.0.9", false],
    ["host=::1", false],
    ["host=localhost sslmode=prefer", false],
    ["host=localhost sslmode=verify-full", verified],
    ["host=db.example sslmode=disable", false],
    ["host=db.example sslmode=require", { rejectUnauthorized: false }],
    ["host=db.example sslmode=prefer", { rejectUnauthorized: false }],
    ["postgresql://db.example/x?ssl=true", verified],
    ["postgresql://db.example/x?ssl=false", false],
    ["host=db.example sslrootcert=system", verified],
  ];
  for (const [dsn, ssl] of table) {
    it(`of "${dsn}" is ${ssl === false ? "off" : JSON.stringify(ssl)}`, () => assert.deepEqual(resolve(dsn).ssl, ssl));
  }

  it("verifies the certificate but not the name with verify-ca, and with require when an authority is named", () => {
    for (const mode of ["verify-ca", "require"]) {
      const { ssl } = resolve(`host=db.example sslmode=${mode} sslrootcert=${CERTIFICATE}`);
      assert.ok(ssl !== false && ssl.ca !== undefined && ssl.rejectUnauthorized === undefined);
      assert.equal(ssl.checkServerIdentity?.("x", {} as never), undefined);
    }
  });

  it("shows the server a certificate of our own, with its key and the key's password", () => {
    const { ssl } = resolve(`host=db.example sslcert=${CERTIFICATE} sslkey=${KEY} sslpassword=pass`);
    assert.deepEqual(ssl, { cert: readFileSync(CERTIFICATE, "utf8"), key: readFileSync(KEY, "utf8"), passphrase: "pass" });
  });

  it("says which file of the connection string can't be read", () => {
    for (const keyword of ["sslrootcert", "sslcert", "sslkey"]) {
      assert.throws(
        () => resolve(`host=db.example ${keyword}=/no/such.pem`),
        failsWith("DSN_INVALID", (error) => assert.match(error.message, new RegExp(`^${keyword} names /no/such.pem`))),
      );
    }
  });
});
