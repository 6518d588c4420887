import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BronzeError } from "../../src/model/errors.ts";
import { type ColumnOverride, type Mapping, type PgType, Unrepresentable } from "../../src/pgtypes/contract.ts";
import { geometryFamily } from "../../src/pgtypes/geometry.ts";
import { BYTEA, bytes, decode, GEOMETRY, hexes, mapped, noParts, request, TEXT } from "../support/geometry-columns.ts";
import { fromVector } from "../support/vector-values.ts";
import { type Payload, toFields } from "../support/wire.ts";

const POINT_1_2 = "0101000000 000000000000f03f 0000000000000040";
const POINT_1_2_4326 = "0101000020 e6100000 000000000000f03f 0000000000000040";
const POINT_1_2_3857 = "0101000020 110f0000 000000000000f03f 0000000000000040";

describe("the SRID of a geometry column", () => {
  const rejects = (mapping: Mapping, payloads: readonly string[], message: string, slot = 1) =>
    assert.throws(
      () => decode(mapping, payloads.map(bytes)),
      (error) => error instanceof Unrepresentable && error.slot === slot && error.message === message,
    );

  it("is the first value's, and another one has no counterpart", () => {
    for (const mapping of [mapped(GEOMETRY), mapped(BYTEA, { as: "geometry" })]) {
      rejects(mapping, [POINT_1_2_4326, POINT_1_2_3857], "SRID 3857 in a column whose first value has SRID 4326");
      rejects(mapping, [POINT_1_2, POINT_1_2_3857], "SRID 3857 in a column whose first value has SRID 0");
      rejects(mapping, [POINT_1_2_4326, POINT_1_2], "SRID 0 in a column whose first value has SRID 4326");
    }
  });

  it("is what the config declares, also for values without one", () => {
    const mapping = mapped(BYTEA, { as: "geometry", srid: 4326 });
    assert.equal(decode(mapping, [POINT_1_2, POINT_1_2_4326].map(bytes)).srid, 4326);
    rejects(mapping, [POINT_1_2, POINT_1_2_3857], "SRID 3857 in a column of SRID 4326");
    assert.deepEqual(mapping.type, { type: "wkb", edges: "planar", srid: 4326 });
  });

  it("makes others null when the policy says so", () => {
    const mapping = mapped(GEOMETRY, { unrepresentable: "null" });
    const { values, srid } = decode(mapping, [POINT_1_2_4326, POINT_1_2_3857, POINT_1_2_4326].map(bytes));
    assert.deepEqual([values[0] === null, values[1], values[2] === null, srid], [false, null, false, 4326]);
  });

  it("is not known from nulls alone", () => {
    assert.deepEqual(decode(mapped(GEOMETRY), [null, null]), { values: [null, null], srid: null });
  });
});

describe("bytes that are no geometry", () => {
  const broken: readonly (readonly [name: string, hex: string, message: RegExp])[] = [
    ["nothing", "", /ends too early at byte 0 of 0/],
    ["a bad byte order", "02 01000000", /byte order 2/],
    ["an unknown type", "01 2a000000", /geometry type 42/],
    ["type 0", "01 00000000", /geometry type 0/],
    ["a type beyond ZM", "01 a10f0000", /geometry type 4001/],
    ["a flag that nobody defined", "01 01000010", /geometry type/],
    ["a cut coordinate", "0101000000 000000000000f03f 00000000", /ends too early/],
    ["a cut SRID", "0101000020 e610", /ends too early/],
    ["trailing bytes", `${POINT_1_2} 00`, /1 bytes too many/],
    ["a count past the end", "0102000000 ffffffff", /a count of 4294967295 goes past the end/],
    ["a ring past the end", "0103000000 01000000 02000000 00000000", /a count of 2 goes past the end/],
    ["a point among lines", `0105000000 01000000 ${POINT_1_2}`, /Point in a MultiLineString/],
    ["parts of two dimensions", `01EF030000 01000000 ${POINT_1_2}`, /parts of different dimensions/],
    ["a part with an SRID of its own", `0107000000 01000000 ${POINT_1_2_4326}`, /part of SRID 4326 in a geometry of SRID 0/],
    ["endless nesting", `${"0107000000 01000000".repeat(300)} ${POINT_1_2}`, /nested more than 200 deep/],
  ];

  for (const [name, hex, message] of broken) {
    it(`are refused: ${name}`, () => {
      const digits = new TextEncoder().encode(hex.replaceAll(" ", ""));
      assert.throws(
        () => decode(mapped(GEOMETRY), [bytes(hex)]),
        (error) => error instanceof BronzeError && error.code === "WIRE_CORRUPT" && message.test(error.message),
      );
      for (const [type, payload] of [
        [BYTEA, bytes(hex)],
        [TEXT, digits],
      ] as const) {
        const unrepresentable = (error: unknown) => error instanceof Unrepresentable && message.test(error.message);
        assert.throws(() => decode(mapped(type, { as: "geometry" }), [payload]), unrepresentable);
        assert.deepEqual(decode(mapped(type, { as: "geometry", unrepresentable: "null" }), [payload]).values, [null]);
      }
    });
  }

  it("are refused: text that is not hex digits", () => {
    for (const text of ["POINT(1 2)", "0", "0101000000000000000000f03f000000000000004g", "\\x010", "x0101"]) {
      const payload = new TextEncoder().encode(text);
      assert.throws(() => decode(mapped(TEXT, { as: "geometry" }), [payload]), /isn't all hex digits/);
    }
  });

  it("never crash the decoder, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 20 }), (noise, kind) => {
        const value = Uint8Array.from([1, kind, 0, 0, 0, ...noise]);
        const { values } = decode(mapped(BYTEA, { as: "geometry", unrepresentable: "null" }), [value]);
        if (values[0] !== null) assert.deepEqual(values[0], value);
      }),
    );
  });
});

describe("the conversion of a geometry", () => {
  it("keeps the bits of a NaN with a payload", () => {
    const signalling = "010000000000f47f";
    const { values } = decode(mapped(BYTEA, { as: "geometry" }), [
      bytes(`00 00000001 7ff4000000000001 4000000000000000`),
      bytes(`01 01000000 ${signalling} 0000000000000040`),
    ]);
    assert.deepEqual(hexes(values), [`0101000000${signalling}0000000000000040`, `0101000000${signalling}0000000000000040`]);
  });

  it("takes parts whose byte order differs from the whole's", () => {
    const mixed = `00 00000004 00000002 01 01000000 000000000000f03f 0000000000000040 00 00000001 3ff0000000000000 4000000000000000`;
    const { values } = decode(mapped(BYTEA, { as: "geometry" }), [bytes(mixed)]);
    assert.deepEqual(hexes(values), [`010400000002000000${POINT_1_2}${POINT_1_2}`.replaceAll(" ", "")]);
  });

  it("leaves the wire bytes as they are, also when threads share them", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64));
    const fields = toFields([bytes(POINT_1_2_4326)]);
    shared.set(fields.bytes);
    const view = new DataView(shared.buffer);
    const decoder = geometryFamily.createDecoder(mapped(GEOMETRY).spec, noParts);
    const vector = decoder.decode({ ...fields, bytes: shared, view });
    assert.deepEqual(hexes(fromVector(mapped(GEOMETRY).type, vector) as Payload[]), [POINT_1_2.replaceAll(" ", "")]);
    assert.deepEqual(shared.slice(0, fields.bytes.length), fields.bytes);
  });

  it("grows for values larger than its buffer, and keeps those before them", () => {
    const points = 300_000;
    const large = new Uint8Array(9 + 16 * points).fill(7);
    large.set(bytes("0102000000"));
    new DataView(large.buffer).setUint32(5, points, true);
    const decoder = geometryFamily.createDecoder(mapped(BYTEA, { as: "geometry" }).spec, noParts);
    const type = { type: "wkb", edges: "planar", srid: null } as const;
    for (const payloads of [[bytes(POINT_1_2), large, null, bytes(POINT_1_2)], [bytes(POINT_1_2)]]) {
      assert.deepEqual(fromVector(type, decoder.decode(toFields(payloads))), payloads);
    }
  });
});

describe("which columns are geometries", () => {
  const maps = (type: PgType, override: ColumnOverride = {}, typmod = -1) => {
    const mapping = geometryFamily.map(request(type, override, typmod), noParts);
    return mapping?.type.type === "wkb" ? mapping.type.edges : mapping;
  };

  it("PostGIS's own types, by name and owner", () => {
    assert.equal(maps(GEOMETRY), "planar");
    assert.equal(maps({ ...GEOMETRY, extension: null, schema: "public", send: "public.geometry_send" }), "planar");
    assert.equal(maps({ ...GEOMETRY, extension: null, send: "public.my_send" }), null);
    assert.equal(maps({ ...GEOMETRY, extension: "somebody" }), null);
    assert.equal(maps({ ...GEOMETRY, kind: "composite" }), null);
    assert.equal(maps(GEOMETRY, { as: "geography" }), "spherical");
  });

  it("bytea and text only where the config says so", () => {
    assert.equal(maps(BYTEA), null);
    assert.equal(maps(TEXT), null);
    assert.equal(maps(BYTEA, { as: "geography" }), "spherical");
    assert.equal(maps({ ...TEXT, name: "varchar" }, { as: "geometry" }), "planar");
    assert.equal(maps({ ...TEXT, name: "int4" }, { as: "geometry" }), null);
  });

  it("not where text is asked for, unless every value of the column can land", () => {
    assert.equal(maps(GEOMETRY, { as: "text" }), null);
    assert.equal(maps(GEOMETRY, { unrepresentable: "text" }), null);
    const multiPolygon4326 = (4326 << 8) | (6 << 2);
    const collection4326 = (4326 << 8) | (7 << 2);
    assert.equal(maps(GEOMETRY, { unrepresentable: "text" }, multiPolygon4326), "planar");
    assert.equal(maps(GEOMETRY, { unrepresentable: "text" }, collection4326), null);
  });
});
