import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type County, readCounties } from "../../dev/demo/counties.ts";
import { signedArea } from "../../dev/demo/geometry.ts";

const counties = readCounties();
const byGeoid = new Map(counties.map((county) => [county.geoid, county]));

describe("counties of the demo", () => {
  it("are all there, in all states and territories", () => {
    assert.ok(counties.length > 3100, String(counties.length));
    assert.equal(new Set(counties.map(({ state }) => state)).size, 56);
  });

  it("keep five digits and the leading zero", () => {
    for (const { geoid } of counties) assert.match(geoid, /^\d{5}$/);
    assert.equal(byGeoid.size, counties.length);
    assert.equal(byGeoid.get("01001")?.name, "Autauga");
  });

  it("have table names and paths that are unique, lower-case ASCII", () => {
    for (const { tableName, path } of counties) {
      assert.match(tableName, /^[a-z]{2}_[a-z0-9]+(_[a-z0-9]+)*$/);
      assert.match(path, /^\/us\/[a-z]{2}\/[a-z0-9]+(-[a-z0-9]+)*$/);
    }
    assert.equal(new Set(counties.map(({ tableName }) => tableName)).size, counties.length);
    assert.equal(new Set(counties.map(({ path }) => path)).size, counties.length);
  });

  const known: readonly [geoid: string, expected: Partial<County>][] = [
    ["48453", { state: "tx", name: "Travis", type: "county", tableName: "tx_travis", path: "/us/tx/travis" }],
    ["35013", { state: "nm", name: "Doña Ana", tableName: "nm_dona_ana", path: "/us/nm/dona-ana" }],
    ["24033", { name: "Prince George's", tableName: "md_prince_georges" }],
    ["22103", { type: "parish", tableName: "la_st_tammany" }],
    ["24005", { type: "county", tableName: "md_baltimore" }],
    ["24510", { type: "city", tableName: "md_baltimore_city", path: "/us/md/baltimore-city" }],
    ["02290", { type: "census area", tableName: "ak_yukon_koyukuk" }],
    ["11001", { type: "district" }],
  ];
  for (const [geoid, expected] of known) {
    it(`knows ${geoid} as ${expected.tableName ?? expected.type}`, () => {
      const county = byGeoid.get(geoid)!;
      for (const [key, value] of Object.entries(expected)) assert.equal(county[key as keyof County], value);
    });
  }

  it("have the size that they really have", () => {
    // Land and water, Census Bureau gazetteer; the outlines are simplified.
    for (const [geoid, squareKilometres] of [
      ["48453", 2651],
      ["48201", 4603],
      ["48113", 2352],
    ] as const) {
      const measured = byGeoid.get(geoid)!.squareKilometres!;
      assert.ok(Math.abs(measured / squareKilometres - 1) < 0.02, `${geoid}: ${measured}`);
    }
  });

  it("have outlines of closed rings, shells counter-clockwise, holes clockwise", () => {
    for (const { geoid, outline } of counties) {
      // Falls Church is too small for the grid of us-atlas.
      assert.equal(outline.length === 0, geoid === "51610", geoid);
      for (const polygon of outline) {
        for (const [index, ring] of polygon.entries()) {
          assert.ok(ring.length >= 4, geoid);
          assert.deepEqual(ring[0], ring.at(-1), geoid);
          assert.equal(signedArea(ring) > 0, index === 0, geoid);
        }
      }
    }
  });
});
