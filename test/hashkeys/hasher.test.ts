import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { nullKeyError } from "../../src/hashkeys/check.ts";
import { createKeyHasher, type KeyColumn, type KeyHasherSpec } from "../../src/hashkeys/hasher.ts";
import { BronzeError } from "../../src/model/errors.ts";
import type { LogicalType } from "../../src/model/logical-type.ts";
import type { Vector } from "../../src/model/vector.ts";
import { fromVector } from "../support/vector-values.ts";
import { toVector } from "../support/vectors.ts";

const utf8: LogicalType = { type: "utf8" };
const int = (bits: 16 | 32 | 64, signed = true): LogicalType => ({ type: "int", bits, signed });
const uuid: LogicalType = { type: "uuid" };
const wkb: LogicalType = { type: "wkb", edges: "planar", srid: null };

const columns = (...types: LogicalType[]): KeyColumn[] => types.map((type, index) => ({ name: `c${index}`, index, type }));
const spec = (
  source: readonly KeyColumn[],
  record: readonly KeyColumn[] | null,
  rest: Partial<KeyHasherSpec> = {},
): KeyHasherSpec => ({
  source,
  record,
  separator: "",
  nullKey: "error",
  ...rest,
});

/** Keys of rows given as columns of values. */
function keys(given: KeyHasherSpec, types: readonly LogicalType[], values: readonly (readonly unknown[])[]): unknown[][] {
  const vectors = types.map((type, i) => toVector(type, values[i]!));
  return createKeyHasher(given)
    .hash(vectors, values[0]!.length, 0)
    .map((vector) => fromVector(utf8, vector));
}

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

const UUID = "0f5a6c1e-8d2b-4c3a-9e7f-1a2b3c4d5e6f";
const UUID_BYTES = new Uint8Array(Buffer.from(UUID.replaceAll("-", ""), "hex"));
const POINT = new Uint8Array(Buffer.from("0101000000000000000000f03f0000000000000040", "hex"));

/** Computed with Python's hashlib. */
const KNOWN = {
  source: "4528e851f8fa9e59a3b430d598d90cc3247416b5196e80c725d71457ee9f7724",
  record: "128fd8872c878bdfef80d3c7253a6911a87d7d868cd7ffd74d0318abe6c6ed1e",
  numbers: "56fe290863827173235228973d5fe6d1eae868bbba5280231d2b690c8e59699b",
  nothing: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  separated: "df4504ce92500fe8a20fb37090e36afa9053480c3e8dde4f4ae3fab4f5d8b1d7",
  separatedNull: "23360994fdaa608ee91c88e2901c2e83d5322dc145fafebe06e4d9036d5d1e28",
};

describe("the known answers", () => {
  it("are in the documentation", () => {
    const page = readFileSync(new URL("../../docs/hash-keys.md", import.meta.url), "utf8");
    for (const digest of Object.values(KNOWN)) assert.ok(page.includes(digest), digest);
  });

  for (const [profile, type, value] of [
    ["lake", utf8, UUID],
    ["native", uuid, UUID_BYTES],
  ] as const) {
    it(`hold for a parcel in profile ${profile}, with and without a geometry`, () => {
      const types = [utf8, type, wkb];
      const all = columns(...types);
      assert.deepEqual(
        keys(spec(all.slice(0, 2), all), types, [
          ["48453", "48453"],
          [value, value],
          [POINT, null],
        ]),
        [
          [KNOWN.source, KNOWN.source],
          [KNOWN.record, KNOWN.source],
        ],
      );
    });
  }

  it("hold for integers and for text beyond ASCII", () => {
    const types = [utf8, int(32), int(64)];
    assert.deepEqual(keys(spec(columns(...types), null), types, [["Doña Ana"], [35], [-(2n ** 63n)]]), [[KNOWN.numbers]]);
  });

  it("hold for nulls and separators", () => {
    const empty = { nullKey: "empty" as const };
    assert.deepEqual(keys(spec(columns(utf8), null, empty), [utf8], [[null]]), [[KNOWN.nothing]]);
    const two = [utf8, int(32)];
    assert.deepEqual(keys(spec(columns(...two), null, { separator: "|" }), two, [["a"], [1]]), [[KNOWN.separated]]);
    const three = [utf8, utf8, utf8];
    const separated = spec(columns(...three), null, { ...empty, separator: "|" });
    assert.deepEqual(keys(separated, three, [["a"], [null], ["b"]]), [[KNOWN.separatedNull]]);
  });
});

describe("canonical bytes", () => {
  it("of integers are their decimal text, to the last one", () => {
    const edges: readonly (readonly [LogicalType, readonly bigint[]])[] = [
      [int(16), [0n, -1n, 32767n, -32768n]],
      [int(32), [0n, 9n, 10n, -10n, 2147483647n, -2147483648n]],
      [int(32, false), [0n, 4294967295n, 2147483648n]],
      [int(64), [0n, -1n, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n]],
      [int(64), [2n ** 63n - 1n, -(2n ** 63n), 10n ** 18n, -(10n ** 18n)]],
      [int(64, false), [0n, 2n ** 53n]],
    ];
    for (const [type, values] of edges) {
      const [digests] = keys(spec(columns(type), null), [type], [values]);
      assert.deepEqual(
        digests,
        values.map((value) => sha256(value.toString())),
      );
    }
  });

  it("of any row are those of its columns, one after the other", () => {
    const types = [utf8, uuid, int(64), int(32), wkb, { type: "binary" }, { type: "json" }] as const;
    const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
    const row = fc.tuple(
      fc.option(fc.string({ unit: "binary", maxLength: 70 })),
      fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 })),
      fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.option(fc.integer()),
      fc.option(bytes(300)),
      fc.option(bytes(100)),
      fc.option(fc.json()),
    );
    const text = (value: unknown, i: number): string | Uint8Array => {
      if (value === null) return "";
      if (types[i]!.type !== "uuid") return value instanceof Uint8Array ? value : String(value);
      return Buffer.from(value as Uint8Array)
        .toString("hex")
        .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
    };
    const joined = (values: readonly (string | Uint8Array)[], separator: string) =>
      sha256(...values.flatMap((value, i) => (i === 0 ? [value] : [separator, value])));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 40 }),
        fc.constantFrom("", "|", "→"),
        fc.integer({ min: 1, max: 7 }),
        (rows, separator, n) => {
          const all = columns(...types);
          const record = n === 7 ? [...all].reverse() : all;
          const given = spec(all.slice(0, n), record, { separator, nullKey: "empty" });
          const found = keys(
            given,
            types,
            types.map((_, i) => rows.map((values) => values[i])),
          );
          const texts = rows.map((values) => values.map(text));
          assert.deepEqual(
            found[0],
            texts.map((values) => joined(values.slice(0, n), separator)),
          );
          assert.deepEqual(
            found[1],
            texts.map((values) => joined(n === 7 ? [...values].reverse() : values, separator)),
          );
        },
      ),
    );
  });

  it("of a large geometry are hashed where they lie, also when threads share them", () => {
    const large = new Uint8Array(new SharedArrayBuffer(300_000)).fill(3);
    const vector = (...lengths: number[]): Vector => ({
      kind: "bytes",
      slots: lengths.length,
      nullCount: 0,
      validity: null,
      source: large,
      starts: new Int32Array(lengths.length),
      lengths: Int32Array.from(lengths),
    });
    const all = columns(wkb, utf8, wkb, utf8);
    const lengths = [0, 1, 64, 65, 32768, 32769, 131072, 300_000];
    const vectors = [vector(...lengths), vector(...lengths.map(() => 5)), vector(...lengths), vector(...lengths.map(() => 70))];
    const [source, record] = createKeyHasher(spec(all.slice(0, 2), all)).hash(vectors, lengths.length, 0);
    const threes = (length: number) => new Uint8Array(length).fill(3);
    assert.deepEqual(
      fromVector(utf8, source!),
      lengths.map((length) => sha256(threes(length), threes(5))),
    );
    assert.deepEqual(
      fromVector(utf8, record!),
      lengths.map((length) => sha256(threes(2 * length + 75))),
    );
  });

  it("outgrow the buffer when many columns add to them", () => {
    const types = Array.from({ length: 20 }, () => utf8);
    const text = "ü".repeat(15_000);
    assert.deepEqual(
      keys(
        spec(columns(...types), null),
        types,
        types.map(() => [text, "x"]),
      ),
      [[sha256(text.repeat(20)), sha256("x".repeat(20))]],
    );
  });

  it("are refused for types that no two engines print alike", () => {
    for (const type of ["bool", "date", "time"] as const) {
      assert.throws(
        () => createKeyHasher(spec(columns(utf8, { type }), null)),
        (error) =>
          error instanceof BronzeError && error.code === "CONFIG_INVALID" && /columns\.c1\.as to text/.test(error.hint ?? ""),
      );
    }
  });
});

describe("null keys", () => {
  const types = [utf8, utf8, wkb];
  const all = columns(...types);
  const batch = (a: readonly unknown[], b: readonly unknown[]) => [
    toVector(utf8, a),
    toVector(utf8, b),
    toVector(
      wkb,
      a.map(() => null),
    ),
  ];

  it("are counted by column over all batches, with the first row", () => {
    const hasher = createKeyHasher(spec(all.slice(0, 2), all));
    hasher.hash(batch(["a", "b"], ["x", "y"]), 2, 0);
    assert.deepEqual(hasher.nullKeys(), []);
    hasher.hash(batch(["a", null, null], ["x", "y", null]), 3, 2);
    hasher.hash(batch([null], ["x"]), 1, 5);
    const found = hasher.nullKeys();
    assert.deepEqual(found, [
      { column: "c0", count: 3, firstRow: 3 },
      { column: "c1", count: 1, firstRow: 4 },
    ]);
    const error = nullKeyError(found);
    assert.equal(error?.code, "NULL_KEY");
    assert.equal(error?.message, 'key column "c0" is null in 3 rows, "c1" is null in 1 row; the first is row 4');
  });

  it("are no error when the policy says so, nor in columns of the record key alone", () => {
    const lenient = createKeyHasher(spec(all.slice(0, 2), all, { nullKey: "empty" }));
    lenient.hash(batch([null], ["x"]), 1, 0);
    assert.deepEqual(lenient.nullKeys(), []);
    const strict = createKeyHasher(spec(all.slice(1, 2), all));
    strict.hash(batch([null], ["x"]), 1, 0);
    assert.deepEqual(strict.nullKeys(), []);
    assert.equal(nullKeyError(strict.nullKeys()), null);
  });
});

describe("the keys' vectors", () => {
  it("are dense, 64 characters a row, and reused from batch to batch", () => {
    const hasher = createKeyHasher(spec(columns(utf8), null));
    const values = Array.from({ length: 100 }, (_, i) => `row ${i}`);
    for (const rows of [100, 17, 1, 16, 0, 33]) {
      const [vector] = hasher.hash([toVector(utf8, values.slice(0, rows))], rows, 0);
      assert.equal(vector!.nullCount, 0);
      assert.deepEqual(
        fromVector(utf8, vector!),
        values.slice(0, rows).map((value) => sha256(value)),
      );
    }
  });
});
