import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogicalField, LogicalType } from "../../src/model/logical-type.ts";
import { typeName } from "../../src/model/type-name.ts";

const field = (name: string, type: LogicalType): LogicalField => ({ name, type, nullable: true });
const int32: LogicalType = { type: "int", bits: 32, signed: true };
const utf8: LogicalType = { type: "utf8" };

/** Ledgers hold these names: a change here makes every planned run drift from its own plan. */
const NAMES: [LogicalType, string][] = [
  [{ type: "bool" }, "bool"],
  [{ type: "int", bits: 16, signed: true }, "int16"],
  [int32, "int32"],
  [{ type: "int", bits: 32, signed: false }, "uint32"],
  [{ type: "int", bits: 64, signed: true }, "int64"],
  [{ type: "int", bits: 64, signed: false }, "uint64"],
  [{ type: "float", bits: 32 }, "float32"],
  [{ type: "float", bits: 64 }, "float64"],
  [{ type: "decimal", precision: 10, scale: 2 }, "decimal(10,2)"],
  [utf8, "utf8"],
  [{ type: "json" }, "json"],
  [{ type: "binary" }, "binary"],
  [{ type: "uuid" }, "uuid"],
  [{ type: "date" }, "date"],
  [{ type: "time" }, "time(us)"],
  [{ type: "timestamp", utc: false }, "timestamp(us)"],
  [{ type: "timestamp", utc: true }, "timestamp(us,UTC)"],
  [{ type: "wkb", edges: "planar", srid: 4326 }, "wkb"],
  [{ type: "wkb", edges: "spherical", srid: null }, "wkb(spherical)"],
  [{ type: "list", element: field("element", { type: "list", element: field("element", int32) }) }, "list<list<int32>>"],
  [{ type: "map", key: field("key", utf8), value: field("value", utf8) }, "map<utf8,utf8>"],
  [{ type: "struct", fields: [field("a", int32), field("b c", utf8)] }, 'struct<a: int32, "b c": utf8>'],
  [{ type: "struct", fields: [field('a: int32, "b', utf8)] }, 'struct<"a: int32, \\"b": utf8>'],
  [{ type: "struct", fields: [] }, "struct<>"],
];

describe("the name of a type", () => {
  for (const [type, name] of NAMES) it(`is ${name}`, () => assert.equal(typeName(type), name));

  it("is another for every type that differs in more than its SRID", () => {
    assert.equal(new Set(NAMES.map(([, name]) => name)).size, NAMES.length);
  });

  it("is the same for geometries with one SRID, with another, and with none", () => {
    const names = [4326, 3857, null].map((srid) => typeName({ type: "wkb", edges: "planar", srid }));
    assert.deepEqual(names, ["wkb", "wkb", "wkb"]);
  });
});
