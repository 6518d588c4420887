import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SchemaElement } from "hyparquet";
import { boundFromDuck, boundFromFooter, orderOf } from "../../src/read/order.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

/** A footer's bytes, what DuckDB shows for the same value, and their common form. */
const BOUNDS: readonly (readonly [SchemaElement, string, unknown, unknown])[] = [
  [{ name: "bool", type: "BOOLEAN" }, "01", "1", 1n],
  [{ name: "int32", type: "INT32" }, "ffffffff", "-1", -1n],
  [
    { name: "uint32", type: "INT32", logical_type: { type: "INTEGER", bitWidth: 32, isSigned: false } },
    "ffffffff",
    "4294967295",
    4294967295n,
  ],
  [{ name: "int64", type: "INT64" }, "0000000000000080", "-9223372036854775808", -(2n ** 63n)],
  [{ name: "uint64", type: "INT64", converted_type: "UINT_64" }, "ffffffffffffffff", "18446744073709551615", 2n ** 64n - 1n],
  [{ name: "float", type: "FLOAT" }, "000080bf", -1, -1],
  [{ name: "double", type: "DOUBLE" }, "000000000000f0bf", -1, -1],
  [{ name: "date", type: "INT32", converted_type: "DATE" }, "ffffffff", "-1", -1n],
  [{ name: "dec9", type: "INT32", logical_type: { type: "DECIMAL", precision: 9, scale: 2 } }, "85ffffff", "-1.23", -123n],
  [
    { name: "dec38", type: "FIXED_LEN_BYTE_ARRAY", type_length: 3, converted_type: "DECIMAL", precision: 6, scale: 3 },
    "ffff85",
    "-0.123",
    -123n,
  ],
  [{ name: "decimal bytes", type: "BYTE_ARRAY", converted_type: "DECIMAL", precision: 4, scale: 0 }, "0080", "128", 128n],
  [{ name: "uuid", type: "FIXED_LEN_BYTE_ARRAY", type_length: 2, logical_type: { type: "UUID" } }, "ab01", "AB01", "AB01"],
  [{ name: "text", type: "BYTE_ARRAY", converted_type: "UTF8" }, "c3bc", "C3BC", "C3BC"],
  [{ name: "bytes", type: "BYTE_ARRAY" }, "ff00", "FF00", "FF00"],
];

describe("a bound", () => {
  it("is the same from the footer and from DuckDB", () => {
    for (const [element, footer, duck, bound] of BOUNDS) {
      const order = orderOf(element)!;
      assert.equal(boundFromFooter(bytes(footer), element, order), bound, element.name);
      assert.equal(boundFromDuck(duck, order), bound, element.name);
    }
  });

  it("has the width of its type", () => {
    for (const [element, footer] of BOUNDS) {
      if (element.type === "BYTE_ARRAY") continue;
      assert.throws(() => boundFromFooter(bytes(`${footer}00`), element, orderOf(element)!), /bytes where/, element.name);
    }
  });

  it("isn't asked for where the format defines no order or DuckDB holds another form", () => {
    const elements: SchemaElement[] = [
      { name: "int96", type: "INT96" },
      { name: "interval", type: "FIXED_LEN_BYTE_ARRAY", type_length: 12, converted_type: "INTERVAL" },
      { name: "float16", type: "FIXED_LEN_BYTE_ARRAY", type_length: 2, logical_type: { type: "FLOAT16" } },
      { name: "wide", type: "FIXED_LEN_BYTE_ARRAY", type_length: 20, logical_type: { type: "DECIMAL", precision: 40, scale: 0 } },
      { name: "timetz", type: "INT64", logical_type: { type: "TIME", isAdjustedToUTC: true, unit: "MICROS" } },
      { name: "geometry", type: "BYTE_ARRAY", logical_type: { type: "GEOMETRY" } },
    ];
    for (const element of elements) assert.equal(orderOf(element), null, element.name);
  });
});
