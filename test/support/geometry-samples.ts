import fc from "fast-check";

/** Every kind of geometry that GeoParquet knows, in every dimension, empty and not, nested and not, as WKT. */
export function geometrySamples(): string[] {
  return DIMENSIONS.flatMap(({ suffix, point }) => SHAPES.map((shape) => shape(suffix, point)));
}

/** Kinds that WKB's readers don't know, on their own and inside collections. */
export const UNSUPPORTED_SAMPLES: readonly (readonly [wkt: string, name: string])[] = [
  ["CIRCULARSTRING(0 0, 1 1, 2 0)", "CircularString"],
  ["COMPOUNDCURVE(CIRCULARSTRING(0 0, 1 1, 1 0),(1 0, 0 1))", "CompoundCurve"],
  ["CURVEPOLYGON(CIRCULARSTRING(0 0, 4 0, 4 4, 0 4, 0 0))", "CurvePolygon"],
  ["MULTICURVE((0 0, 5 5),CIRCULARSTRING(4 0, 4 4, 8 4))", "MultiCurve"],
  ["MULTISURFACE(CURVEPOLYGON(CIRCULARSTRING(0 0, 4 0, 4 4, 0 4, 0 0)))", "MultiSurface"],
  ["POLYHEDRALSURFACE Z(((0 0 0, 0 0 1, 0 1 1, 0 1 0, 0 0 0)))", "PolyhedralSurface"],
  ["TIN Z(((0 0 0, 0 0 1, 0 1 0, 0 0 0)))", "TIN"],
  ["TRIANGLE((0 0, 0 9, 9 0, 0 0))", "Triangle"],
  ["CIRCULARSTRING EMPTY", "CircularString"],
  ["GEOMETRYCOLLECTION(POINT(1 2), CIRCULARSTRING(0 0, 1 1, 2 0))", "CircularString"],
  ["GEOMETRYCOLLECTION(POINT(1 2), GEOMETRYCOLLECTION(TRIANGLE((0 0, 0 9, 9 0, 0 0))))", "Triangle"],
  ["GEOMETRYCOLLECTION ZM(MULTICURVE ZM((0 0 1 1, 5 5 1 1)))", "MultiCurve"],
];

type Point = (x: number, y: number) => string;
type Shape = (suffix: string, point: Point) => string;

const DIMENSIONS: readonly { suffix: string; point: Point }[] = [
  { suffix: "", point: (x, y) => `${x} ${y}` },
  { suffix: " Z", point: (x, y) => `${x} ${y} ${x * 10 + 0.5}` },
  { suffix: " M", point: (x, y) => `${x} ${y} ${-y - 1000}` },
  { suffix: " ZM", point: (x, y) => `${x} ${y} ${x * 10 + 0.5} ${-y - 1000}` },
];

const SQUARE = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 4],
  [0, 0],
];
const ring = (p: Point, dx: number, scale: number) =>
  `(${SQUARE.map(([x, y]) => p(dx + x! * scale, y! * scale + 0.1)).join(", ")})`;

const SHAPES: readonly Shape[] = [
  (s) => `POINT${s} EMPTY`,
  (s) => `LINESTRING${s} EMPTY`,
  (s) => `POLYGON${s} EMPTY`,
  (s) => `MULTIPOINT${s} EMPTY`,
  (s) => `MULTILINESTRING${s} EMPTY`,
  (s) => `MULTIPOLYGON${s} EMPTY`,
  (s) => `GEOMETRYCOLLECTION${s} EMPTY`,
  (s, p) => `POINT${s}(${p(-71.064544, 42.28787)})`,
  (s, p) => `LINESTRING${s}(${p(1, 2)}, ${p(3, 4)}, ${p(-5, 6)})`,
  (s, p) => `POLYGON${s}(${ring(p, 0, 1)})`,
  (s, p) => `POLYGON${s}(${ring(p, 0, 10)}, ${ring(p, 1, 1)}, ${ring(p, 20, 1)})`,
  (s, p) => `MULTIPOINT${s}(${p(1, 2)}, EMPTY, ${p(3, 4)})`,
  (s, p) => `MULTILINESTRING${s}((${p(0, 0)}, ${p(1, 1)}), EMPTY, (${p(2, 2)}, ${p(-3, 3)}, ${p(4, 4)}))`,
  (s, p) => `MULTIPOLYGON${s}((${ring(p, 0, 1)}), (${ring(p, 50, 5)}, ${ring(p, 51, 1)}))`,
  (s, p) => `MULTIPOLYGON${s}((${ring(p, 0, 1)}), EMPTY)`,
  (s, p) => `GEOMETRYCOLLECTION${s}(POINT${s}(${p(9, 9)}), LINESTRING${s}(${p(1, 2)}, ${p(3, 4)}), POLYGON${s} EMPTY)`,
  (s, p) =>
    `GEOMETRYCOLLECTION${s}(GEOMETRYCOLLECTION${s}(MULTIPOINT${s}(${p(7, 8)}), GEOMETRYCOLLECTION${s} EMPTY), MULTIPOLYGON${s}((${ring(p, 0, 1)})))`,
];

/** WKT of any kind and dimension, nested up to four deep, of any finite coordinates. */
export const geometryArbitrary: fc.Arbitrary<string> = fc
  .constantFrom(["", 2], [" Z", 3], [" M", 3], [" ZM", 4])
  .chain((dimension) => {
    const [suffix, ordinates] = dimension as [string, number];
    const ordinate = fc.double({ noNaN: true, noDefaultInfinity: true });
    // ST_AsBinary drops parts of an all-empty geometry, and only in two dimensions is there another oracle.
    const flat = ordinates === 2;
    const orEmpty = (part: fc.Arbitrary<string>) => (flat ? fc.oneof(part, fc.constant("EMPTY")) : part);
    const point = fc.array(ordinate, { minLength: ordinates, maxLength: ordinates }).map((values) => values.join(" "));
    const points = (minLength: number) => fc.array(point, { minLength, maxLength: 12 });
    const body = (inner: readonly string[]) => (inner.length === 0 ? "EMPTY" : `(${inner.join(",")})`);
    const line = orEmpty(points(2).map(body));
    const ring = points(3).map((inner) => body([...inner, inner[0]!]));
    const polygon = fc.array(ring, { minLength: flat ? 0 : 1, maxLength: 4 }).map(body);
    const several = (part: fc.Arbitrary<string>) => fc.array(part, { minLength: flat ? 0 : 1, maxLength: 4 }).map(body);
    const { geometry } = fc.letrec<{ geometry: string; collection: string }>((tie) => ({
      geometry: fc.oneof(
        { maxDepth: 4, depthIdentifier: "geometry" },
        orEmpty(point.map((p) => `(${p})`)).map((p) => `POINT${suffix} ${p}`),
        line.map((p) => `LINESTRING${suffix} ${p}`),
        polygon.map((p) => `POLYGON${suffix} ${p}`),
        several(orEmpty(point.map((p) => `(${p})`))).map((p) => `MULTIPOINT${suffix} ${p}`),
        several(line).map((p) => `MULTILINESTRING${suffix} ${p}`),
        several(polygon).map((p) => `MULTIPOLYGON${suffix} ${p}`),
        tie("collection"),
      ),
      collection: several(tie("geometry")).map((p) => `GEOMETRYCOLLECTION${suffix} ${p}`),
    }));
    return geometry;
  });
