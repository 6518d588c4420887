import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTableName } from "../../src/model/table-name.ts";

describe("the name of a table", () => {
  for (const [text, expected] of [
    ["shop.customers", ["shop", "customers"]],
    ["Shop.Customers", ["Shop", "Customers"]],
    ["öl.fässer_1$", ["öl", "fässer_1$"]],
    ['"Shop"."Order Details"', ["Shop", "Order Details"]],
    ['shop."a.b"', ["shop", "a.b"]],
    ['"say ""hi"""."1"', ['say "hi"', "1"]],
  ] as const) {
    it(`is schema and table, and keeps its case: ${text}`, () => {
      assert.deepEqual(parseTableName(text), { schema: expected[0], table: expected[1] });
    });
  }

  for (const text of ["", "customers", "a.b.c", "shop.", ".customers", "shop.order details", "shop.*", '"shop".""', "shop.1"]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseTableName(text), null);
    });
  }
});
