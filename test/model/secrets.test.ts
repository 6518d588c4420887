import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shardError } from "../../src/ledger/fields.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { addDsn, addSecret, scrub, scrubData } from "../../src/model/secrets.ts";
import { resolveDsn } from "../../src/source/dsn.ts";

describe("a password in a connection string is hidden, known or not, however short,", () => {
  for (const [text, clean] of [
    ["can't connect to postgres://me:x@db.example.com/prod", "can't connect to postgres://me:***@db.example.com/prod"],
    ["postgresql://u:c@r/e#t@h/x", "postgresql://u:***@h/x"],
    ["postgresql://h/x?password=cret&user=u", "postgresql://h/x?password=***&user=u"],
    ["postgresql://h/x?user=u&sslpassword=cret", "postgresql://h/x?user=u&sslpassword=***"],
    ["https://me:pw@proxy:80/", "https://me:***@proxy:80/"],
    ["host=h password=cret user=u", "host=h password=*** user=u"],
    ["host=h password='c r\\'et' user=u", "host=h password=*** user=u"],
    ["password=c\\ ret sslpassword = 'cret", "password=*** sslpassword = ***"],
    ["host=h password=a&b user=u", "host=h password=*** user=u"],
    ["PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"],
    ["postgresql://h/x", "postgresql://h/x"],
    ["landed 48113 at s3://bucket/a=b", "landed 48113 at s3://bucket/a=b"],
  ] as const) {
    it(`as in ${text}`, () => assert.equal(scrub(text), clean));
  }
});

describe("a registered password is hidden by itself, too,", () => {
  for (const [what, dsn, text] of [
    ["as a URL has it", "postgres://me:p%40ss-w0rd@db/prod", "got p%40ss-w0rd"],
    ["as a URL means it", "postgres://me:p%40ss-w1rd@db/prod", "got p@ss-w1rd"],
    ["as a URL's parameter means it", "postgres://me@db/prod?sslpassword=k%20ey-word", "got k ey-word"],
    ["of a URL that can't be read", "postgres://me:slash/and#hash@db/prod", "got slash/and#hash"],
    ["as escaped pairs mean it", "host=db password=two\\ words-1", "got two words-1"],
    ["as escaped pairs have it", "host=db password=two\\ words-2", "got two\\ words-2"],
    ["as quoted pairs mean it", "host=db password='it\\'s-one'", "got it's-one"],
    ["as JSON has it", 'host=db password=quo"ted', 'got quo\\"ted'],
    ["of a key", "host=db sslpassword=key-word", "got key-word"],
  ] as const) {
    it(what, () => {
      assert.equal(scrub(text), text);
      addDsn(dsn);
      assert.equal(scrub(text), "got ***");
    });
  }

  it("when a connection string is resolved, wherever its password comes from", () => {
    const env = { USER: "me", ANY_DSN: "host=db", PGPASSWORD: "from-the-env" };
    resolveDsn(env, "ANY_DSN");
    resolveDsn({ USER: "me" }, "ANY_DSN", "host=db password=from-the-flag sslpassword=of-the-key");
    assert.equal(scrub("from-the-env from-the-flag of-the-key"), "*** *** ***");
  });

  it("and whole, where it holds another one", () => {
    addSecret("swordfish");
    addSecret("swordfish-and-chips");
    assert.equal(scrub("swordfish-and-chips, swordfish"), "***, ***");
  });

  it("but not where it is so short that any word holds it", () => {
    addSecret("to");
    addSecret("");
    addSecret(undefined);
    assert.equal(scrub("to top it all"), "to top it all");
  });

  it("in every text of plain data, whose fields keep their names", () => {
    addSecret("open-sesame");
    const data = { "open-sesame": 1, list: ["open-sesame", 2, null], deep: { text: "say open-sesame" } };
    assert.deepEqual(scrubData(data), { "open-sesame": 1, list: ["***", 2, null], deep: { text: "say ***" } });
  });

  it("in errors on their way into the ledger", () => {
    addSecret("ledger-secret");
    const error = new BronzeError("SOURCE_FAILED", 'no relation "ledger-secret"', { hint: "Drop ledger-secret." });
    assert.deepEqual(shardError(error), {
      code: "SOURCE_FAILED",
      message: 'no relation "***"',
      hint: "Drop ***.",
      retryable: false,
    });
  });
});
