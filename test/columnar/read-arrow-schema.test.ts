import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { arrowSchemaMetadata } from "../../src/columnar/arrow-schema.ts";
import { arrowSchemaNames } from "../../src/columnar/read-arrow-schema.ts";
import type { LogicalField, LogicalType } from "../../src/model/logical-type.ts";

const field = (name: string, type: LogicalType): LogicalField => ({ name, type, nullable: true });
const FIELDS = [
  field("id", { type: "int", bits: 64, signed: true }),
  field("Größe 🏠", { type: "decimal", precision: 10, scale: 2 }),
  field("tags", { type: "list", element: field("element", { type: "utf8" }) }),
  field("geom", { type: "wkb", edges: "spherical", srid: 4326 }),
  field("pair", { type: "struct", fields: [field("a", { type: "date" }), field("b", { type: "timestamp", utc: true })] }),
];

describe("arrowSchemaNames", () => {
  it("reads what we write", () => {
    assert.deepEqual(
      arrowSchemaNames(arrowSchemaMetadata(FIELDS)),
      FIELDS.map(({ name }) => name),
    );
    assert.deepEqual(arrowSchemaNames(arrowSchemaMetadata([])), []);
  });

  it("comes to an end whatever bit flipped, and sees those that point outside", () => {
    const bytes = Buffer.from(arrowSchemaMetadata(FIELDS), "base64");
    const names = FIELDS.map(({ name }) => name).join();
    let unseen = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      if (arrowSchemaNames(bytes.toString("base64"))?.join() === names) unseen++;
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    assert.ok(unseen < 0.5 * 8 * bytes.length, `${unseen} of ${8 * bytes.length} bits`);
  });

  it("reads nothing of what is no message", () => {
    for (const text of ["", "AAAA", "not base64!", "/////////////w==", Buffer.alloc(100).toString("base64")])
      assert.equal(arrowSchemaNames(text), null, text);
  });
});
