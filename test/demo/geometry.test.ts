import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  area,
  centroid,
  containsPosition,
  containsRing,
  type MultiPolygon,
  multiPolygonEwkb,
  orient,
  planeAt,
  type Ring,
  signedArea,
} from "../../dev/demo/geometry.ts";
import { rectangle, roundCorner } from "../../dev/demo/shape.ts";
import { readMultiPolygonEwkb } from "./ewkb.ts";

const square = rectangle(0, 0, 10, 10);
const hole = [...rectangle(4, 4, 6, 6)].reverse();
const ring: MultiPolygon = [[square, hole]];
/** Concave: a notch from above down to the middle. */
const notched: MultiPolygon = [[[[0, 0], [10, 0], [10, 10], [6, 10], [5, 5], [4, 10], [0, 10], [0, 0]]]]; // biome-ignore format: one ring

describe("demo geometry", () => {
  it("takes holes off the area", () => assert.equal(area(ring), 96));

  it("turns shells counter-clockwise and holes clockwise", () => {
    const [shell, inner] = orient([[...square].reverse(), [...hole].reverse()]);
    assert.ok(signedArea(shell!) > 0);
    assert.ok(signedArea(inner!) < 0);
  });

  it("knows inside from outside, also in holes and notches", () => {
    assert.ok(containsPosition(ring, [1, 1]));
    assert.ok(!containsPosition(ring, [5, 5]));
    assert.ok(!containsPosition(ring, [11, 5]));
    assert.ok(containsPosition(notched, [5, 4]));
    assert.ok(!containsPosition(notched, [5, 8]));
  });

  const rings: readonly [what: string, ring: Ring, inside: boolean][] = [
    ["within", rectangle(1, 1, 3, 3), true],
    ["outside", rectangle(20, 20, 21, 21), false],
    ["across the border", rectangle(8, 1, 12, 3), false],
    ["with all corners inside but a side across the notch", rectangle(2, 7, 8, 8), false],
    ["around it", rectangle(-1, -1, 11, 11), false],
  ];
  for (const [what, candidate, inside] of rings) {
    it(`says ${inside} of a ring ${what}`, () => assert.equal(containsRing(notched, candidate), inside));
  }

  it("rounds a corner without turning the ring, and only that corner", () => {
    const rounded = roundCorner(square, [10, 10], 2);
    assert.ok(signedArea(rounded) > 98 && signedArea(rounded) < 100);
    assert.deepEqual(rounded[0], rounded.at(-1));
    assert.ok(!rounded.some(([x, y]) => x === 10 && y === 10));
    assert.throws(() => roundCorner(square, [3, 3], 2), RangeError);
  });

  it("finds the centre of mass", () => assert.deepEqual(centroid([[square]]), [5, 5]));

  it("goes to metres and back within a centimetre", () => {
    const plane = planeAt([-97.7431, 30.2672]);
    const [east, north] = plane.toMetres([-97.5, 30.4]);
    assert.ok(Math.abs(east - 23_360) < 100 && Math.abs(north - 14_766) < 50);
    assert.deepEqual(plane.toDegrees([east, north]), [-97.5, 30.4]);
  });

  it("writes EWKB with the SRID, byte for byte as PostGIS does", () => {
    const triangle: MultiPolygon = [[[[0, 0], [1, 0], [0, 1], [0, 0]]]]; // biome-ignore format: one ring
    // SELECT 'SRID=4326;MULTIPOLYGON(((0 0,1 0,0 1,0 0)))'::geometry
    const known =
      "0106000020E61000000100000001030000000100000004000000" +
      "00000000000000000000000000000000000000000000F03F00000000000000000000000000000000000000000000F03F" +
      "00000000000000000000000000000000";
    assert.equal(multiPolygonEwkb(triangle, 4326).toString("hex").toUpperCase(), known);
    assert.deepEqual(readMultiPolygonEwkb(multiPolygonEwkb([...ring, [square]], 4326)), {
      srid: 4326,
      geometry: [...ring, [square]],
    });
  });
});
