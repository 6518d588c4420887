import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Table, tableToIPC } from "apache-arrow";
import { arrowSchema, arrowSchemaMetadata } from "../../src/columnar/arrow-schema.ts";
import type { LogicalField, LogicalType } from "../../src/model/logical-type.ts";

const field = (name: string, type: LogicalType): LogicalField => ({ name, type, nullable: true });
const TYPES: readonly LogicalType[] = [
  { type: "bool" },
  { type: "int", bits: 16, signed: true },
  { type: "int", bits: 32, signed: false },
  { type: "int", bits: 64, signed: true },
  { type: "int", bits: 64, signed: false },
  { type: "float", bits: 32 },
  { type: "float", bits: 64 },
  { type: "decimal", precision: 12, scale: 2 },
  { type: "utf8" },
  { type: "json" },
  { type: "binary" },
  { type: "wkb", edges: "spherical", srid: 4326 },
  { type: "uuid" },
  { type: "date" },
  { type: "time" },
  { type: "timestamp", utc: true },
  { type: "timestamp", utc: false },
  { type: "list", element: field("element", { type: "utf8" }) },
  { type: "map", key: field("key", { type: "utf8" }), value: field("value", { type: "utf8" }) },
  { type: "struct", fields: [field("a", { type: "date" })] },
];

describe("arrowSchemaMetadata", () => {
  it("is the message with which apache-arrow begins a stream, for every type and any padding", () => {
    for (const count of TYPES.keys()) {
      const fields = TYPES.slice(count).map((type, i) => field(`column ${"x".repeat(i)}`, type));
      const stream = tableToIPC(new Table(arrowSchema(fields)), "stream");
      const message = Buffer.from(arrowSchemaMetadata(fields), "base64");
      assert.deepEqual(message, Buffer.from(stream.subarray(0, message.length)));
      // What is left is the mark of the stream's end.
      assert.equal(Buffer.from(stream.subarray(message.length)).toString("hex"), "ffffffff00000000");
    }
  });
});
