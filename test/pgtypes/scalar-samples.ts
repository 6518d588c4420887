import fc from "fast-check";
import { boolEdges } from "../../src/pgtypes/bool.ts";
import { byteaEdges } from "../../src/pgtypes/bytea.ts";
import { dateEdges } from "../../src/pgtypes/date.ts";
import { floatEdges } from "../../src/pgtypes/float.ts";
import { integerEdges } from "../../src/pgtypes/integer.ts";
import { networkEdges } from "../../src/pgtypes/network.ts";
import { numericEdges } from "../../src/pgtypes/numeric.ts";
import { textEdges } from "../../src/pgtypes/text.ts";
import { timeEdges } from "../../src/pgtypes/time.ts";
import { timestampEdges } from "../../src/pgtypes/timestamp.ts";
import { uuidEdges } from "../../src/pgtypes/uuid.ts";
import { dateText, timestampText, timeText } from "./landed-text.ts";

/** Values of every scalar type as the text that the server's input functions read. */

export const edges: Readonly<Record<string, readonly string[]>> = {
  ...boolEdges,
  ...integerEdges,
  ...floatEdges,
  ...numericEdges,
  ...textEdges,
  ...byteaEdges,
  ...uuidEdges,
  ...dateEdges,
  ...timeEdges,
  ...timestampEdges,
  ...networkEdges,
};

const between = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max }), fc.bigInt({ min: -1000n > min ? -1000n : min, max: 1000n }));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const printable = fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replaceAll("\0", ""));
/** jsonb refuses \u0000 and half pairs of surrogates. */
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !/\\u(0000|d[89a-f])/.test(text));

/** Digits in runs, so that whole groups of zeros and of nines come about. */
const digits = (most: number) =>
  fc
    .array(fc.tuple(fc.constantFrom("0", "0", "9", "1", "5", "7"), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })
    .map((runs) =>
      runs
        .map(([digit, length]) => digit.repeat(length))
        .join("")
        .slice(0, most),
    );

function numeric(precision: number, scale: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.boolean(), digits(precision - scale), digits(scale))
    .map(([negative, whole, fraction]) => `${negative ? "-" : ""}${whole || "0"}.${fraction}0`);
}

const word = fc.oneof(fc.constant(0), fc.constant(0), fc.constantFrom(1, 0xffff), fc.integer({ min: 0, max: 0xffff }));
const v6 = fc.tuple(fc.array(word, { minLength: 8, maxLength: 8 }), fc.integer({ min: 0, max: 128 }));
const v4 = fc.tuple(fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 32 }));
const inet = fc.oneof(
  v6.map(([words, prefix]) => `${words.map((one) => one.toString(16)).join(":")}/${prefix}`),
  v6.map(([words]) => words.map((one) => one.toString(16)).join(":")),
  v4.map(([bytes, prefix]) => `${bytes.join(".")}/${prefix}`),
);
const DAY = 86_400_000_000n;
const microseconds = between(-210_866_803_200_000_000n, 2n ** 63n - 1n);
const octets = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => hex(bytes).match(/../g)!.join(":"));

export const samples: Readonly<Record<string, fc.Arbitrary<string>>> = {
  bool: fc.boolean().map(String),
  int2: between(-(2n ** 15n), 2n ** 15n - 1n).map(String),
  int4: between(-(2n ** 31n), 2n ** 31n - 1n).map(String),
  int8: between(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  oid: between(0n, 2n ** 32n - 1n).map(String),
  float4: fc.float({ noNaN: true }).map((value) => (Object.is(value, -0) ? "-0" : String(value))),
  float8: fc.double({ noNaN: true }).map((value) => (Object.is(value, -0) ? "-0" : String(value))),
  numeric: numeric(60, 20),
  "numeric(4,0)": numeric(4, 0),
  "numeric(9,4)": numeric(9, 4),
  "numeric(10,2)": numeric(10, 2),
  "numeric(15,2)": numeric(15, 2),
  "numeric(15,15)": numeric(15, 15),
  "numeric(16,3)": numeric(16, 3),
  "numeric(18,0)": numeric(18, 0),
  "numeric(18,2)": numeric(18, 2),
  "numeric(18,13)": numeric(18, 13),
  "numeric(19,1)": numeric(19, 1),
  "numeric(25,9)": numeric(25, 9),
  "numeric(38,0)": numeric(38, 0),
  "numeric(38,10)": numeric(38, 10),
  "numeric(38,37)": numeric(38, 37),
  "numeric(60,10)": numeric(60, 10),
  text: printable,
  "varchar(80)": printable,
  "char(80)": printable,
  json,
  jsonb: json,
  bytea: fc.uint8Array({ maxLength: 60 }).map((bytes) => `\\x${hex(bytes)}`),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(hex),
  date: between(-2_440_588n, 2_145_042_541n).map(dateText),
  time: between(0n, DAY - 1n).map(timeText),
  timestamp: microseconds.map((value) => timestampText(value, "")),
  timestamptz: microseconds.map((value) => timestampText(value, "+00")),
  inet,
  // Text of a network needs its host bits to be zero: one of the whole length has none.
  cidr: inet.map((text) => text.replace(/\/.*/, "")),
  macaddr: octets(6),
  macaddr8: octets(8),
};
