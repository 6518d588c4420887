import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { quoteIdentifier, quoteLiteral, tableSelect } from "../../src/model/sql.ts";

describe("quoting", () => {
  it("doubles what closes an identifier", () => assert.equal(quoteIdentifier('a"b\n;é'), '"a""b\n;é"'));
  it("doubles quotes and escapes backslashes of a literal", () => {
    assert.equal(quoteLiteral("it's"), "'it''s'");
    assert.equal(quoteLiteral("a\\'b"), " E'a\\\\''b'");
  });
  it("takes table names as data", () => assert.equal(tableSelect("a.b", 'x"; DROP'), 'SELECT * FROM "a.b"."x""; DROP"'));
  it("refuses a NUL, which would end the text early", () => assert.throws(() => quoteIdentifier("a\0b"), RangeError));
});
