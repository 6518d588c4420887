import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type MappingOptions, type PgType, Unrepresentable } from "../../src/pgtypes/contract.ts";
import { createDecoder, createEncoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { fromVector } from "../support/vector-values.ts";
import { toVector } from "../support/vectors.ts";
import { type Payload, toFields } from "../support/wire.ts";
import {
  arrayOf,
  attribute,
  BOX,
  compositeOf,
  domainOf,
  INT4,
  INTERVAL,
  LAKE,
  NUMERIC,
  OR_NULL,
  OR_TEXT,
  parts,
  SEG,
  sourceColumn,
  wire,
} from "./types.ts";

const INTS = arrayOf(INT4);
const NUMERIC_4_2 = ((4 << 16) | 2) + 4;

function decode(
  type: PgType,
  payloads: readonly Payload[],
  options: MappingOptions = LAKE,
  dimensions = 0,
  typmod = -1,
): unknown[] {
  const mapping = mapColumn(sourceColumn(type, dimensions, typmod), options);
  return fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields(payloads)));
}

function encode(type: PgType, values: readonly unknown[], dimensions = 0): Payload[] {
  const mapping = mapColumn(sourceColumn(type, dimensions), LAKE);
  return createEncoder(mapping.spec).encode(toVector(mapping.type, values));
}

const slot = (n: number, message: RegExp) => (error: unknown) =>
  error instanceof Unrepresentable && error.slot === n && message.test(error.message);

const EMPTY = wire(0, 0, 23);
const ONE_NULL_THREE = wire(1, 1, 23, 3, 1, parts(1, null, 3));
const TWO_BY_TWO = wire(2, 1, 23, 2, 1, 2, 1, parts(1, 2, null, 4));
const FROM_ZERO = wire(1, 0, 23, 1, 0, parts(7));

describe("arrays on the wire", () => {
  it("become lists, with null arrays, empty ones and null elements told apart", () => {
    assert.deepEqual(decode(INTS, [ONE_NULL_THREE, null, EMPTY, wire(1, 1, 23, 1, 1, parts(null))]), [
      [1, null, 3],
      null,
      [],
      [null],
    ]);
  });

  it("become lists in lists when more dimensions are declared", () => {
    assert.deepEqual(decode(INTS, [EMPTY, TWO_BY_TWO, null], LAKE, 2), [
      [],
      [
        [1, 2],
        [null, 4],
      ],
      null,
    ]);
    const cube = wire(3, 0, 23, 2, 1, 1, 1, 2, 1, parts(1, 2, 3, 4));
    assert.deepEqual(decode(INTS, [cube, EMPTY, cube], LAKE, 3), [[[[1, 2]], [[3, 4]]], [], [[[1, 2]], [[3, 4]]]]);
  });

  it("take the number of dimensions from the override where the catalog knows none", () => {
    assert.deepEqual(decode(INTS, [TWO_BY_TWO], { ...LAKE, override: { dimensions: 2 } }), [
      [
        [1, 2],
        [null, 4],
      ],
    ]);
  });

  it("hold elements of columns with a modifier", () => {
    assert.deepEqual(mapColumn(sourceColumn(arrayOf(NUMERIC), 1, NUMERIC_4_2), LAKE).type, {
      type: "list",
      element: { name: "element", type: { type: "decimal", precision: 4, scale: 2 }, nullable: true },
    });
  });

  it("hold domains of arrays, each with a shape of its own", () => {
    const lists = arrayOf(domainOf(INTS, -1, 1));
    const payload = wire(1, 1, lists.element!.oid, 3, 1, parts(ONE_NULL_THREE, null, EMPTY));
    assert.deepEqual(decode(lists, [payload]), [[[1, null, 3], null, []]]);
  });

  it("are decoded again after a batch that failed", () => {
    const mapping = mapColumn(sourceColumn(INTS), LAKE);
    const decoder = createDecoder(mapping.spec);
    assert.throws(() => decoder.decode(toFields([ONE_NULL_THREE, FROM_ZERO])), Unrepresentable);
    assert.deepEqual(fromVector(mapping.type, decoder.decode(toFields([EMPTY, null, ONE_NULL_THREE]))), [[], null, [1, null, 3]]);
  });
});

describe("arrays without a counterpart", () => {
  const unfit: [string, Uint8Array, RegExp][] = [
    ["a lower bound other than 1", FROM_ZERO, /lower bound 0/],
    ["more dimensions than declared", TWO_BY_TWO, /2 dimensions.*with 1/],
    ["a lower bound of the second dimension", wire(2, 0, 23, 1, 1, 1, 5, parts(7)), /2 dimensions/],
  ];
  for (const [what, payload, message] of unfit) {
    it(`stop the extract at their slot: ${what}`, () => {
      assert.throws(() => decode(INTS, [null, ONE_NULL_THREE, payload]), slot(2, message));
    });
    it(`are null where asked: ${what}`, () => {
      assert.deepEqual(decode(INTS, [null, ONE_NULL_THREE, payload, EMPTY], OR_NULL), [null, [1, null, 3], null, []]);
    });
  }

  it("include those of fewer dimensions than declared, and inner lower bounds", () => {
    assert.throws(() => decode(INTS, [TWO_BY_TWO, ONE_NULL_THREE], LAKE, 2), slot(1, /1 dimensions.*with 2/));
    assert.throws(() => decode(INTS, [wire(2, 0, 23, 1, 1, 1, 5, parts(7))], LAKE, 2), slot(0, /lower bound 5/));
  });

  it("are named by their own slot when an element is the reason", () => {
    const NaN_ = wire(Buffer.from("00000000c0000000", "hex"));
    const one = wire(Buffer.from("00010000000000000001", "hex"));
    const numerics = arrayOf(NUMERIC);
    const array = (...elements: (Uint8Array | null)[]) => wire(1, 1, 1700, elements.length, 1, parts(...elements));
    const payloads = [array(one, null), null, wire(0, 0, 1700), null, array(null, one), array(one, NaN_), array(one)];
    assert.throws(() => decode(numerics, payloads, LAKE, 1, NUMERIC_4_2), slot(5, /NaN/));
    assert.deepEqual(decode(numerics, payloads, OR_NULL, 1, NUMERIC_4_2)[5], [100n, null]);
    const square = wire(2, 1, 1700, 2, 1, 2, 1, parts(one, null, one, NaN_));
    const fine = wire(2, 1, 1700, 1, 1, 2, 1, parts(one, one));
    assert.throws(() => decode(numerics, [null, fine, wire(0, 0, 1700), square, fine], LAKE, 2, NUMERIC_4_2), slot(3, /NaN/));
  });

  it("make the whole column the server's text under the policy text", () => {
    const mapping = mapColumn(sourceColumn(INTS), OR_TEXT);
    assert.deepEqual(mapping.type, { type: "utf8" });
    assert.equal(mapping.project?.("q.c"), "pg_catalog.textin(pg_catalog.array_out(q.c))");
  });
});

describe("corrupt arrays", () => {
  const corrupt: [string, Uint8Array][] = [
    ["shorter than a header", wire(1, 0)],
    ["of another element type", wire(1, 0, 25, 1, 1, parts(1))],
    ["of too many dimensions", wire(7, 0, 23, ...new Array(14).fill(1))],
    ["of negative dimensions", wire(-1, 0, 23)],
    ["that end within their dimensions", wire(2, 0, 23, 1, 1)],
    ["of a negative length", wire(1, 0, 23, -1, 1)],
    ["of more elements than bytes", wire(1, 0, 23, 0x7fffffff, 1)],
    ["of dimensions whose product overflows", wire(6, 0, 23, ...new Array(6).fill([0x10000, 1]).flat())],
    ["that end before their last element", wire(1, 0, 23, 2, 1, parts(1))],
    ["whose element reaches beyond them", wire(1, 0, 23, 1, 1, 400, 1)],
    ["whose element has a negative length", wire(1, 0, 23, 1, 1, -2, 1)],
    ["with bytes after the last element", wire(1, 0, 23, 1, 1, parts(1), 9)],
    ["that are empty but not at their end", wire(0, 0, 23, 1)],
  ];
  for (const [what, payload] of corrupt) {
    it(`are refused: ${what}`, () => {
      assert.throws(() => decode(INTS, [EMPTY, payload]), { code: "WIRE_CORRUPT" });
    });
  }
});

describe("arrays encoded again", () => {
  it("give the bytes of array_send", () => {
    const values = [[1, null, 3], null, []];
    assert.deepEqual(encode(INTS, values).map(hex), [ONE_NULL_THREE, null, EMPTY].map(hex));
    assert.deepEqual(
      encode(
        INTS,
        [
          [
            [1, 2],
            [null, 4],
          ],
          [],
        ],
        2,
      ).map(hex),
      [TWO_BY_TWO, EMPTY].map(hex),
    );
  });

  it("refuse lists that are no rectangle", () => {
    assert.throws(() => encode(INTS, [[[1], [2, 3]]], 2), /different lengths/);
    assert.throws(() => encode(INTS, [[null, [1]]], 2));
    assert.throws(() => encode(INTS, [[[], []]], 2), /empty/);
  });

  it("decode to what they were, for any lists", () => {
    const element = fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const rectangle = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })).chain(([rows, columns]) => {
      const row = fc.array(element, { minLength: columns, maxLength: columns });
      return fc.array(row, { minLength: rows, maxLength: rows });
    });
    for (const [dimensions, list] of [
      [1, fc.array(element)],
      [2, fc.oneof(rectangle, fc.constant([]))],
    ] as const) {
      fc.assert(
        fc.property(fc.array(fc.option(list as fc.Arbitrary<unknown[]>)), (values) => {
          assert.deepEqual(decode(INTS, encode(INTS, values, dimensions), LAKE, dimensions), values);
        }),
      );
    }
  });
});

describe("arrays of elements that land as the server's text", () => {
  it("are asked for as text[] read from the array's own text, where commas part its elements", () => {
    const { project, type } = mapColumn(sourceColumn(arrayOf(INTERVAL)), LAKE);
    assert.equal(project?.("q.c"), "pg_catalog.textin(pg_catalog.array_out(q.c))::pg_catalog.text[]");
    assert.deepEqual(type, { type: "list", element: { name: "element", type: { type: "utf8" }, nullable: true } });
  });

  it("are asked for as bpchar[] where something else may part them", () => {
    for (const element of [BOX, SEG]) {
      const mapping = mapColumn(sourceColumn(arrayOf(element)), LAKE);
      assert.equal(mapping.project?.("q.c"), "(q.c)::pg_catalog.bpchar[]");
      const payload = wire(1, 1, 1042, 2, 1, parts("a ", null));
      assert.deepEqual(fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields([payload]))), [["a ", null]]);
    }
  });
});

describe("arrays of composites that are rewritten", () => {
  const ROWS = arrayOf(compositeOf(attribute("a", INT4), attribute("i", INTERVAL)));
  const row = (a: number, i: string | null) => wire(2, 23, parts(a), 25, parts(i));
  const shaped = (dimensions: string | null, ...elements: (Uint8Array | null)[]) => {
    const flat =
      elements.length === 0
        ? wire(0, 0, 2249)
        : wire(1, elements.includes(null) ? 1 : 0, 2249, elements.length, 1, parts(...elements));
    return wire(2, 25, parts(dimensions), 2287, parts(flat));
  };

  it("are taken apart by unnest, their shape beside them", () => {
    assert.equal(
      mapColumn(sourceColumn(ROWS), LAKE).project?.("q.c"),
      "CASE WHEN q.c IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW(pg_catalog.array_dims(q.c), ARRAY(SELECT " +
        'CASE WHEN item.value IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW((item.value)."a", pg_catalog.textin(pg_catalog.interval_out((item.value)."i"))) END' +
        " FROM (SELECT pg_catalog.unnest(q.c) AS value) AS item)) END",
    );
  });

  it("keep their shape, nulls and elements", () => {
    const values = decode(ROWS, [shaped("[1:2]", row(1, "1 mon"), null), null, shaped(null)]);
    assert.deepEqual(values, [[{ a: 1, i: "1 mon" }, null], null, []]);
    assert.deepEqual(decode(ROWS, [shaped("[1:2][1:1]", row(1, null), null)], LAKE, 2), [[[{ a: 1, i: null }], [null]]]);
  });

  it("have no counterpart in another shape", () => {
    assert.throws(() => decode(ROWS, [shaped("[0:0]", row(1, null))]), slot(0, /lower bound 0/));
    assert.throws(() => decode(ROWS, [shaped("[-3:-2]", null, null)]), slot(0, /lower bound -3/));
    assert.throws(() => decode(ROWS, [shaped("[1:1][1:1]", null)]), slot(0, /2 dimensions/));
    assert.deepEqual(decode(ROWS, [shaped("[0:0]", row(1, null)), shaped("[1:1]", null)], OR_NULL), [null, [null]]);
  });

  it("are refused when the shape doesn't hold the elements", () => {
    for (const payload of [
      shaped("[1:3]", null),
      shaped(null, null),
      shaped("[1:1]"),
      wire(2, 25, parts("[1:1]"), 2287, parts(null)),
    ]) {
      assert.throws(() => decode(ROWS, [payload]), { code: "WIRE_CORRUPT" });
    }
  });

  it("give the same bytes when they are encoded again", () => {
    const payloads = [shaped("[1:2]", row(1, "1 mon"), null), null, shaped(null)];
    assert.deepEqual(encode(ROWS, decode(ROWS, payloads)).map(hex), payloads.map(hex));
  });

  it("wrap elements that are arrays themselves", () => {
    const lists = arrayOf(domainOf(arrayOf(INTERVAL)));
    const { project } = mapColumn(sourceColumn(lists), LAKE);
    assert.match(project?.("q.c") ?? "", /SELECT ROW\(pg_catalog\.textin\(pg_catalog\.array_out\(item\.value\)\)/);
    const inner = wire(1, 1, 25, 2, 1, parts("1 day", null));
    const payloads = [
      shaped("[1:3]", wire(1, 1009, parts(inner)), wire(1, 1009, parts(null)), wire(1, 1009, parts(wire(0, 0, 25)))),
    ];
    const values = decode(lists, payloads);
    assert.deepEqual(values, [[["1 day", null], null, []]]);
    assert.deepEqual(encode(lists, values).map(hex), payloads.map(hex));
  });
});

const hex = (payload: Payload) => (payload === null ? null : Buffer.from(payload).toString("hex"));
