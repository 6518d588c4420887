import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { feature } from "topojson-client";
import { readOutlines } from "../../src/page/outlines.ts";

interface County {
  readonly name: string;
  readonly rings: readonly (readonly number[])[];
  readonly box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };
}
interface Atlas {
  readonly arcs: readonly (readonly number[])[];
  readonly counties: Map<string, County>;
  readonly states: Map<string, { readonly code: string; readonly name: string }>;
}

const script = readFileSync(new URL("../../src/page/assets/outlines.js", import.meta.url), "utf8");
const atlas = runInNewContext(`${script}; readAtlas(text)`, { text: readOutlines() }) as Atlas;

/** A drawing's unit in us-atlas' pixels. */
const UNIT = 1 / 20;

describe("outlines of counties", () => {
  it("are where us-atlas has them, to half a unit of the drawing", () => {
    const file = createRequire(import.meta.url).resolve("us-atlas/counties-albers-10m.json");
    const topology = JSON.parse(readFileSync(file, "utf8"));
    const { features } = feature(topology, topology.objects.counties) as unknown as {
      features: { id: string; geometry: { coordinates: unknown[] } }[];
    };
    assert.equal(features.length, 3142);
    for (const { id, geometry } of features) {
      const numbers = (geometry.coordinates as number[][]).flat(4);
      const expected = [0, 1].flatMap((axis) => {
        const values = numbers.filter((_, index) => index % 2 === axis);
        return [Math.min(...values), Math.max(...values)];
      });
      const { x0, x1, y0, y1 } = atlas.counties.get(id)!.box;
      [x0, x1, y0, y1].forEach((value, index) => {
        assert.ok(Math.abs(value * UNIT - expected[index]!) <= UNIT / 2 + 1e-9, `${id}: ${value * UNIT}, ${expected[index]}`);
      });
    }
  });

  it("have rings that close", () => {
    const ends = (arc: number) => {
      const positions = atlas.arcs[arc < 0 ? ~arc : arc]!;
      const [first, last] = [positions.slice(0, 2).join(), positions.slice(-2).join()];
      return arc < 0 ? [last, first] : [first, last];
    };
    for (const [geoid, { rings }] of atlas.counties) {
      for (const ring of rings) {
        ring.forEach((arc, index) => {
          assert.equal(ends(arc)[1], ends(ring[(index + 1) % ring.length]!)[0], geoid);
        });
      }
    }
  });

  it("say what a county is called, in the states and in the territories", () => {
    const named = ["48453", "22071", "51760", "02020", "11001", "72127", "66010"].map((geoid) => atlas.counties.get(geoid)?.name);
    assert.deepEqual(named, [
      "Travis County",
      "Orleans Parish",
      "Richmond city",
      "Anchorage Municipality",
      "District of Columbia",
      "San Juan Municipio",
      "Guam",
    ]);
    assert.equal(atlas.counties.size, 3231);
    assert.equal(atlas.states.size, 56);
    assert.deepEqual({ ...atlas.states.get("48") }, { code: "TX", name: "Texas" });
  });
});
