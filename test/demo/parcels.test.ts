import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { readCounties } from "../../dev/demo/counties.ts";
import { containsRing, type MultiPolygon, multiPolygonEwkb, SRID, signedArea } from "../../dev/demo/geometry.ts";
import { PARCEL_COLUMN_INDEX, PARCEL_COLUMNS, type ParcelColumn } from "../../dev/demo/parcel-columns.ts";
import { generateParcels, type Parcel } from "../../dev/demo/parcels.ts";
import { PLACES, type Place } from "../../dev/demo/places.ts";

const outlines = new Map(readCounties().map(({ geoid, outline }) => [geoid, outline]));

function outlineOf(place: Place): MultiPolygon {
  return outlines.get(place.geoid)!;
}

function generate(place: Place, seed = "demo", lots = 20_000): Generator<Parcel> {
  return generateParcels(place, outlineOf(place), { lots, seed });
}

/** SHA-256 over the first rows: values and geometry. */
function fingerprint(place: Place, seed: string, rows: number): string {
  const hash = createHash("sha256");
  let taken = 0;
  for (const { values, geometry } of generate(place, seed)) {
    hash.update(JSON.stringify(values)).update(multiPolygonEwkb(geometry, SRID));
    taken += 1;
    if (taken === rows) break;
  }
  return hash.digest("hex");
}

describe("generated parcels", () => {
  it("are the same for the same seed, and others for another", () => {
    for (const place of PLACES) {
      assert.equal(fingerprint(place, "demo", 500), fingerprint(place, "demo", 500));
      assert.notEqual(fingerprint(place, "demo", 500), fingerprint(place, "other", 500));
    }
  });

  it("are the same on every machine", () => {
    assert.deepEqual(
      PLACES.map((place) => fingerprint(place, "demo", 1000).slice(0, 16)),
      ["d73b43dd231834bc", "e85b0e83b9eeea89", "61132d356ffeaa43"],
    );
  });

  it("refuse more lots than the county has room for", () => {
    const tiny: MultiPolygon = [[[[-97.75, 30.25], [-97.7, 30.25], [-97.7, 30.3], [-97.75, 30.25]]]]; // biome-ignore format: one ring
    assert.throws(() => [...generateParcels(PLACES[0]!, tiny, { lots: 100_000, seed: "demo" })], /room for \d+ lots/);
  });
});

for (const place of PLACES) {
  describe(`parcels of ${place.county} county`, () => {
    const parcels = [...generate(place)];
    const column = (name: ParcelColumn) => parcels.map(({ values }) => values[PARCEL_COLUMN_INDEX[name]]!);
    const texts = (name: ParcelColumn) => column(name).filter((value) => typeof value === "string");

    it("number at least 20,000", () => assert.ok(parcels.length >= 20_000, String(parcels.length)));

    it("lie inside the county, all of them", () => {
      const outline = outlineOf(place);
      for (const { geometry, values } of parcels) {
        for (const [shell] of geometry) assert.ok(containsRing(outline, shell!), `parcel ${values[0]}`);
      }
    });

    it("have closed rings, shells counter-clockwise, holes clockwise", () => {
      for (const { geometry, values } of parcels) {
        for (const polygon of geometry) {
          for (const [index, ring] of polygon.entries()) {
            assert.ok(ring.length >= 4, `parcel ${values[0]}`);
            assert.deepEqual(ring[0], ring.at(-1), `parcel ${values[0]}`);
            assert.equal(signedArea(ring) > 0, index === 0, `parcel ${values[0]}`);
          }
        }
      }
    });

    it("have their holes inside their shells", () => {
      const holes = parcels.flatMap(({ geometry }) =>
        geometry.flatMap(([shell, ...inner]) => inner.map((hole) => ({ shell: shell!, hole }))),
      );
      assert.ok(holes.length > 300, String(holes.length));
      for (const { shell, hole } of holes) assert.ok(containsRing([[shell]], hole));
    });

    it("come in all shapes: several parts, and from a few to thousands of vertices", () => {
      const vertices = parcels.map(({ geometry }) => geometry.flat().reduce((sum, ring) => sum + ring.length, 0));
      assert.ok(parcels.filter(({ geometry }) => geometry.length > 1).length > 300);
      assert.ok(vertices.filter((count) => count <= 10).length > parcels.length / 2);
      assert.ok(vertices.filter((count) => count > 4000).length >= 10);
    });

    it("are keyed by geoid and a UUID that comes once", () => {
      assert.deepEqual([...new Set(column("geoid"))], [place.geoid]);
      assert.equal(new Set(column("ll_uuid")).size, parcels.length);
      assert.equal(new Set(column("parcelnumb")).size, parcels.length);
      assert.ok(texts("parcelnumb_no_formatting").every((text) => /^0\d+$/.test(text)));
    });

    it("are written by people: sparse columns, accents, line ends, quotes", () => {
      const share = (name: ParcelColumn) => column(name).filter((value) => value !== null).length / parcels.length;
      assert.equal(share("urbanization"), 0);
      assert.ok(share("alt_parcelnumb3") > 0 && share("alt_parcelnumb3") < 0.01);
      assert.ok(share("saleprice") > 0.1 && share("saleprice") < 0.4);
      assert.ok(share("owner") === 1);
      assert.ok(texts("owner").some((text) => text.includes("PEÑA")));
      assert.ok(texts("mail_city").includes("PEÑITAS"));
      assert.ok(texts("saddstr").includes("CAÑÓN"));
      assert.ok(texts("legaldesc").some((text) => text.includes("\n") && text.includes("\\") && text.includes("\t")));
      assert.ok(texts("legaldesc").some((text) => text.includes('"')));
    });

    it("have values and dates that an assessor would believe", () => {
      const median = (name: ParcelColumn) =>
        column(name)
          .map(Number)
          .sort((a, b) => a - b)[Math.floor(parcels.length / 2)]!;
      assert.ok(median("parval") > 200_000 && median("parval") < 900_000, String(median("parval")));
      assert.ok(median("ll_gisacre") > 0.1 && median("ll_gisacre") < 0.5, String(median("ll_gisacre")));
      for (const date of texts("saledate")) assert.ok(date > "1980" && date < "2025-06", date);
      for (const price of texts("saleprice")) assert.match(price, /^\d{1,12}\.\d{2}$/);
    });
  });
}

describe("columns of a parcel table", () => {
  it("number 119 besides the geometry, each once", () => {
    assert.equal(PARCEL_COLUMNS.length, 119);
    assert.equal(new Set(PARCEL_COLUMNS.map(([name]) => name)).size, 119);
  });

  it("have a value in every row, null or not", () => {
    const { value } = generate(PLACES[0]!).next();
    assert.equal(value.values.length, PARCEL_COLUMNS.length);
    assert.ok(value.values.every((item: unknown) => item !== undefined));
  });
});
