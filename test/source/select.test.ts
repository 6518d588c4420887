import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkSelect } from "../../src/source/select.ts";
import { failsWith } from "../support/fails-with.ts";

describe("a source query", () => {
  const accepted: readonly (readonly [given: string, kept: string])[] = [
    ["SELECT 1", "SELECT 1"],
    ["  SELECT 1 ; ", "SELECT 1"],
    ["SELECT 1;;\n;", "SELECT 1"],
    ["SELECT 1; -- the end; really", "SELECT 1"],
    ["SELECT 1 -- no newline at the end", "SELECT 1"],
    ["SELECT 1 /* a /* nested; */ comment */;", "SELECT 1"],
    ["-- first\nSELECT 1", "SELECT 1"],
    [";SELECT 1", "SELECT 1"],
    ["SELECT ';' AS a;", "SELECT ';' AS a"],
    ["SELECT 'it''s; ' || E'\\';' || U&'\\0041;'", "SELECT 'it''s; ' || E'\\';' || U&'\\0041;'"],
    ["SELECT 'a\\';", "SELECT 'a\\'"],
    ['SELECT ";""--" FROM t', 'SELECT ";""--" FROM t'],
    ["SELECT $$;$$, $x$ $$;) $x$, a$b$c FROM t;", "SELECT $$;$$, $x$ $$;) $x$, a$b$c FROM t"],
    ["(SELECT 1) UNION ALL (SELECT 2)", "(SELECT 1) UNION ALL (SELECT 2)"],
    ["with x as (select 1) select * from x", "with x as (select 1) select * from x"],
    ["VALUES (1), (2)", "VALUES (1), (2)"],
    ["TABLE t", "TABLE t"],
    ["SELECT größe FROM straße", "SELECT größe FROM straße"],
  ];
  for (const [given, kept] of accepted) {
    it(`is ${JSON.stringify(given)}, of which ${JSON.stringify(kept)} runs`, () => assert.equal(checkSelect(given).text, kept));
  }

  const refused: readonly (readonly [given: string, why: RegExp])[] = [
    ["", /empty/],
    ["-- nothing\n;", /empty/],
    ["SELECT 1; SELECT 2", /several statements/],
    ["SELECT 1; DROP TABLE t; --", /several statements/],
    ["SELECT 1) TO STDOUT; DROP TABLE t; --", /parenthesis that it didn't open/],
    ["SELECT 1) AS q, (SELECT 2", /parenthesis that it didn't open/],
    ["SELECT (1", /parenthesis that it doesn't close/],
    ["INSERT INTO t VALUES (1) RETURNING *", /begins with INSERT/],
    ["EXPLAIN SELECT 1", /begins with EXPLAIN/],
    ["COPY t TO PROGRAM 'x'", /begins with COPY/],
    ["SHOW server_version", /begins with SHOW/],
    ["42", /begins with 4/],
  ];
  for (const [given, why] of refused) {
    it(`is not ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => checkSelect(given),
        failsWith("QUERY_INVALID", (error) => assert.match(error.message, why)),
      );
    });
  }

  it("may hold a literal of many megabytes", () => {
    const literal = `'${"a''b".repeat(2_000_000)}'`;
    assert.equal(checkSelect(`SELECT ${literal};`).text, `SELECT ${literal}`);
  });

  it("tells where its text begins, for error positions", () => assert.equal(checkSelect("/* x */ SELECT 1").start, 8));
});
