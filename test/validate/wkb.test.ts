import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { addWkb, emptyExtent } from "../../src/validate/wkb.ts";
import { square } from "./landed-file.ts";

const number = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const doubles = (...values: number[]) => Buffer.from(Float64Array.from(values).buffer);
const wkb = (code: number, ...parts: Buffer[]) => Buffer.concat([Buffer.from([1]), number(code), ...parts]);

function extentOf(...geometries: Uint8Array[]) {
  const extent = emptyExtent();
  for (const geometry of geometries) addWkb(geometry, extent);
  return { min: [...extent.min], max: [...extent.max], types: [...extent.types] };
}

const NOTHING = { min: [Infinity, Infinity, Infinity], max: [-Infinity, -Infinity, -Infinity] };

describe("the extent of WKB", () => {
  const flat = (types: string, minX: number, minY: number, maxX: number, maxY: number) => ({
    min: [minX, minY, Infinity],
    max: [maxX, maxY, -Infinity],
    types: [types],
  });

  it("is known for every kind of geometry and every dimension", () => {
    const point = (x: number, y: number) => wkb(1, doubles(x, y));
    const line = wkb(2, number(2), doubles(1, 2, 3, -4));
    const cases: [Buffer, ReturnType<typeof extentOf>][] = [
      [point(1, 2), flat("Point", 1, 2, 1, 2)],
      [line, flat("LineString", 1, -4, 3, 2)],
      [square(5, 6), flat("Polygon", 5, 6, 5.5, 6.5)],
      [wkb(4, number(2), point(1, 9), point(7, 3)), flat("MultiPoint", 1, 3, 7, 9)],
      [wkb(5, number(1), line), flat("MultiLineString", 1, -4, 3, 2)],
      [wkb(6, number(2), square(0, 0), square(9, 9)), flat("MultiPolygon", 0, 0, 9.5, 9.5)],
      [wkb(7, number(2), line, wkb(7, number(1), point(50, 60))), flat("GeometryCollection", 1, -4, 50, 60)],
      [wkb(1001, doubles(1, 2, 3)), { min: [1, 2, 3], max: [1, 2, 3], types: ["Point Z"] }],
      [wkb(2001, doubles(1, 2, 3)), flat("Point M", 1, 2, 1, 2)],
      [wkb(3001, doubles(1, 2, 3, 4)), { min: [1, 2, 3], max: [1, 2, 3], types: ["Point ZM"] }],
    ];
    for (const [geometry, expected] of cases) assert.deepEqual(extentOf(geometry), expected);
  });

  it("is the union of all geometries, and names each type once", () => {
    assert.deepEqual(extentOf(square(0, 0), wkb(1, doubles(-5, 9)), square(1, 1)), {
      ...flat("", -5, 0, 1.5, 9),
      types: ["Polygon", "Point"],
    });
  });

  it("is nothing for empty geometries", () => {
    assert.deepEqual(extentOf(wkb(1, doubles(NaN, NaN))), { ...NOTHING, types: ["Point"] });
    assert.deepEqual(extentOf(wkb(6, number(0)), wkb(3, number(0)), wkb(3, number(1), number(0))), {
      ...NOTHING,
      types: ["MultiPolygon", "Polygon"],
    });
  });

  it("is read from big-endian values too", () => {
    const big = Buffer.alloc(21);
    big.writeUInt32BE(1, 1);
    big.writeDoubleBE(1.5, 5);
    big.writeDoubleBE(-2.5, 13);
    assert.deepEqual(extentOf(big), flat("Point", 1.5, -2.5, 1.5, -2.5));
  });

  it("refuses what isn't one whole ISO WKB geometry", () => {
    const cases: [Buffer, RegExp][] = [
      [Buffer.alloc(0), /ends after 0 bytes/],
      [Buffer.from([2, 1, 0, 0, 0]), /byte order 2/],
      [wkb(0x20000001, number(4326), doubles(1, 2)), /EWKB flags/],
      [wkb(0x80000001, doubles(1, 2, 3)), /EWKB flags/],
      [wkb(8, number(0)), /geometry type 8/],
      [wkb(4001, doubles(1, 2)), /geometry type 4001/],
      [wkb(2, number(0xffffffff)), /in the middle/],
      [wkb(6, number(2), square(0, 0)), /in the middle/],
      [Buffer.concat([square(0, 0), Buffer.from([0])]), /1 bytes after the end/],
      [
        Array.from({ length: 200 }).reduce<Buffer>((inner) => wkb(7, number(1), inner), wkb(1, doubles(0, 0))),
        /nested more than 100 deep/,
      ],
    ];
    for (const [geometry, message] of cases) assert.throws(() => extentOf(geometry), message);
  });

  it("never reads past the end, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(200), fc.nat(255), (bytes, at, byte) => {
        const geometry = Buffer.from(wkb(6, number(1), square(0, 0)));
        geometry[at % geometry.length] = byte;
        for (const value of [bytes, geometry]) {
          try {
            extentOf(value);
          } catch (error) {
            assert.equal((error as Error).constructor, Error);
          }
        }
      }),
    );
  });
});
