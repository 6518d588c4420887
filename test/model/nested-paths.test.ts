import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogicalField, LogicalType } from "../../src/model/logical-type.ts";
import { nestedPaths } from "../../src/model/nested-paths.ts";

const field = (name: string, type: LogicalType): LogicalField => ({ name, type, nullable: true });
const utf8: LogicalType = { type: "utf8" };
const list = (type: LogicalType): LogicalType => ({ type: "list", element: field("element", type) });

describe("what is inside a type", () => {
  it("is nothing for a plain one", () => {
    assert.deepEqual(nestedPaths(utf8), []);
  });

  it("has the path that Parquet's schema gives it, outer before inner", () => {
    assert.deepEqual(nestedPaths(list(list(utf8))), ["list.element", "list.element.list.element"]);
    assert.deepEqual(nestedPaths({ type: "map", key: field("key", utf8), value: field("value", list(utf8)) }), [
      "key_value.key",
      "key_value.value",
      "key_value.value.list.element",
    ]);
    assert.deepEqual(nestedPaths({ type: "struct", fields: [field("a", list(utf8)), field("b", utf8)] }), [
      "a",
      "a.list.element",
      "b",
    ]);
  });

  it("keeps apart what dots in names would join, and names that objects in JSON can't have as keys", () => {
    const inner: LogicalType = { type: "struct", fields: [field("b", utf8)] };
    assert.deepEqual(nestedPaths({ type: "struct", fields: [field("a", inner), field("a.b", utf8)] }), ["a", "a.b", '"a.b"']);
    assert.deepEqual(nestedPaths({ type: "struct", fields: [field("__proto__", utf8), field("1", utf8)] }), [
      '"__proto__"',
      '"1"',
    ]);
  });
});
