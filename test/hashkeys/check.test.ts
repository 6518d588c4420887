import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkKeyColumns, type LandedColumn } from "../../src/hashkeys/check.ts";
import { BronzeError } from "../../src/model/errors.ts";

const COLUMNS: readonly LandedColumn[] = [
  { name: "ogc_fid", type: { type: "int", bits: 32, signed: true } },
  { name: "geoid", type: { type: "utf8" } },
  { name: "ll_uuid", type: { type: "utf8" }, fixedLength: true },
  { name: "parcelnumb", type: { type: "utf8" } },
  { name: "wkb_geometry", type: { type: "wkb", edges: "planar", srid: 4326 } },
  { name: "gisacre", type: { type: "float", bits: 64 } },
];

const check = (source: string[], record?: string[], separator = "") => checkKeyColumns(COLUMNS, { source, record, separator });

describe("checkKeyColumns", () => {
  it("finds the columns by name and is content with the parcels' keys", () => {
    const found = check(["geoid", "ll_uuid"], ["geoid", "ll_uuid", "wkb_geometry"]);
    assert.deepEqual(
      found.source.map(({ index }) => index),
      [1, 2],
    );
    assert.deepEqual(
      found.record?.map(({ index }) => index),
      [1, 2, 4],
    );
    assert.deepEqual(found.warnings, []);
    assert.equal(check(["geoid"]).record, null);
  });

  it("warns of neighbours that both vary in length, once, unless there is a separator", () => {
    const warning =
      'hash keys: "geoid" and "parcelnumb" stand side by side and both vary in length, so two rows may share a key; set hashkeys.separator';
    assert.deepEqual(check(["geoid", "parcelnumb"], ["geoid", "parcelnumb", "wkb_geometry"]).warnings, [warning]);
    assert.deepEqual(check(["geoid", "parcelnumb"], undefined, "|").warnings, []);
    assert.equal(check(["geoid", "ogc_fid"]).warnings.length, 1);
    assert.deepEqual(check(["geoid", "ll_uuid", "parcelnumb"]).warnings, []);
  });

  it("suggests what a missing column may have meant", () => {
    assert.throws(
      () => check(["geoid", "ll_uid"]),
      (error) => error instanceof BronzeError && error.code === "COLUMN_MISSING" && error.hint === "Did you mean ll_uuid?",
    );
    assert.throws(
      () => check(["geoid"], ["something_else"]),
      (error) =>
        error instanceof BronzeError && error.code === "COLUMN_MISSING" && /^Its columns are ogc_fid, /.test(error.hint ?? ""),
    );
  });

  it("refuses a column whose type has no canonical bytes", () => {
    assert.throws(
      () => check(["geoid"], ["geoid", "gisacre"]),
      (error) => error instanceof BronzeError && error.code === "CONFIG_INVALID" && error.exitCode === 2,
    );
  });
});
