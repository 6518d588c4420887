/**
 * What decoding costs, type by type: `node --import tsx bench/micro/decode.ts [type …]`.
 *
 * A column's fields lie about 64 bytes apart in shared memory, as in rows of several columns. There are several batches of 2,048
 * rows, so that no branch is learned by heart, but no more than the second-level cache holds, as when frames were just indexed.
 * Prints the best of many passes, each a fraction of a millisecond, since others' work on the machine only ever adds:
 * nanoseconds per value, nulls included, and CPU-seconds per gigabyte of the column's wire bytes, lengths included.
 */
import { performance } from "node:perf_hooks";
import type { DecoderSpec, Fields } from "../../src/pgtypes/contract.ts";
import { createDecoder } from "../../src/pgtypes/create.ts";
import { wireOfUnscaled } from "../../src/pgtypes/numeric-wire.ts";

const BATCH_ROWS = 2_048;
const BATCHES = 8;
const STRIDE_BYTES = 64;
const WARM_UP_MS = 200;
const MEASURE_MS = 400;

interface Case {
  readonly name: string;
  readonly spec: DecoderSpec;
  readonly payload: () => Uint8Array;
  readonly nullShare?: number;
}

/** xorshift32: the same values on every run. */
let state = 0x9e3779b9;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const randomBytes = (length: number) => Uint8Array.from({ length }, () => random(256));
/** A number of at most `digits` digits, 18 or fewer. */
const upTo = (digits: number) =>
  digits <= 9 ? BigInt(random(10 ** digits)) : BigInt(random(10 ** (digits - 9))) * 10n ** 9n + BigInt(random(10 ** 9));
const signed = (value: bigint) => (random(2) === 0 ? value : -value);
const numeric = (digits: number, scale: number) => () => wireOfUnscaled(signed(upTo(random(digits) + 1)), scale, scale);
const decimal = (precision: number, scale: number): DecoderSpec => ({
  codec: "numeric_decimal",
  precision,
  scale,
  dscale: scale,
  unrepresentable: "error",
});
const error = { unrepresentable: "error" };

function int64(high: number): Uint8Array {
  const out = randomBytes(8);
  new DataView(out.buffer).setInt32(0, high);
  return out;
}

const cases: readonly Case[] = [
  { name: "bool", spec: { codec: "bool" }, payload: () => Uint8Array.of(random(2)) },
  { name: "int2", spec: { codec: "integer", wire: "int2", as: "int" }, payload: () => randomBytes(2) },
  { name: "int4", spec: { codec: "integer", wire: "int4", as: "int" }, payload: () => randomBytes(4) },
  { name: "int4, 30 % null", spec: { codec: "integer", wire: "int4", as: "int" }, payload: () => randomBytes(4), nullShare: 0.3 },
  { name: "int4, all null", spec: { codec: "integer", wire: "int4", as: "int" }, payload: () => randomBytes(4), nullShare: 1 },
  { name: "int8", spec: { codec: "integer", wire: "int8", as: "int" }, payload: () => randomBytes(8) },
  { name: "oid as int64", spec: { codec: "integer", wire: "oid", as: "int64" }, payload: () => randomBytes(4) },
  { name: "float4", spec: { codec: "float4" }, payload: () => randomBytes(4) },
  { name: "float8", spec: { codec: "float8" }, payload: () => randomBytes(8) },
  { name: "date", spec: { codec: "date", ...error }, payload: () => Uint8Array.of(0, 0, random(40), random(256)) },
  { name: "timestamp", spec: { codec: "timestamp", ...error }, payload: () => int64(random(200_000)) },
  { name: "time (native)", spec: { codec: "time", ...error }, payload: () => int64(random(20)) },
  { name: "time (text)", spec: { codec: "time_text" }, payload: () => int64(random(20)) },
  { name: "numeric(4,2)", spec: decimal(4, 2), payload: numeric(4, 2) },
  { name: "numeric(10,2)", spec: decimal(10, 2), payload: numeric(10, 2) },
  {
    name: "numeric(12,2), 5-7 digits",
    spec: decimal(12, 2),
    payload: () => wireOfUnscaled(90_000n + BigInt(random(10_000_000)), 2, 2),
  },
  {
    name: "numeric(15,2), 5-7 digits",
    spec: decimal(15, 2),
    payload: () => wireOfUnscaled(90_000n + BigInt(random(10_000_000)), 2, 2),
  },
  { name: "numeric(18,4)", spec: decimal(18, 4), payload: numeric(18, 4) },
  { name: "numeric(38,10), short", spec: decimal(38, 10), payload: numeric(18, 10) },
  {
    name: "numeric(38,10), long",
    spec: decimal(38, 10),
    payload: () => wireOfUnscaled(signed(upTo(9) * 10n ** 27n + upTo(18) * 10n ** 9n + upTo(9)), 10, 10),
  },
  { name: "numeric (text)", spec: { codec: "numeric_text" }, payload: numeric(18, 4) },
  { name: "numeric as float64", spec: { codec: "numeric_float64", ...error }, payload: numeric(12, 4) },
  { name: "text, 20 bytes", spec: { codec: "text" }, payload: () => randomBytes(20) },
  { name: "text, 30 % null", spec: { codec: "text" }, payload: () => randomBytes(20), nullShare: 0.3 },
  { name: "jsonb, 30 bytes", spec: { codec: "jsonb" }, payload: () => Uint8Array.of(1, ...randomBytes(30)) },
  { name: "uuid (native)", spec: { codec: "uuid" }, payload: () => randomBytes(16) },
  { name: "uuid (text)", spec: { codec: "uuid_text" }, payload: () => randomBytes(16) },
  { name: "text as uuid", spec: { codec: "text_as_uuid", ...error }, payload: () => Buffer.from(uuidText()) },
  { name: "inet v4", spec: { codec: "inet" }, payload: () => Uint8Array.of(2, 32, 0, 4, ...randomBytes(4)) },
  {
    name: "inet v6",
    spec: { codec: "inet" },
    payload: () => Uint8Array.of(3, 128, 0, 16, ...randomBytes(6), 0, 0, 0, 0, ...randomBytes(6)),
  },
  { name: "macaddr", spec: { codec: "macaddr" }, payload: () => randomBytes(6) },
];

function uuidText(): string {
  return Buffer.from(randomBytes(16))
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** One column's fields in a batch of rows, and its wire bytes: lengths and payloads. */
function batchOf({ payload, nullShare = 0 }: Case): { fields: Fields; wireBytes: number } {
  const payloads = Array.from({ length: BATCH_ROWS }, () => (random(1_000_000) < nullShare * 1_000_000 ? null : payload()));
  const stride = (at: number) => Math.ceil((at + STRIDE_BYTES - 8) / 8) * 8 + random(8);
  const starts = new Int32Array(BATCH_ROWS);
  let end = 0;
  for (const [row, one] of payloads.entries()) {
    starts[row] = one === null ? -1 : end + 4;
    end = stride(end + 4 + (one?.length ?? 0));
  }
  const memory = new SharedArrayBuffer(end + STRIDE_BYTES);
  const bytes = new Uint8Array(memory);
  const view = new DataView(memory);
  let wireBytes = 0;
  let nullCount = 0;
  for (const [row, one] of payloads.entries()) {
    wireBytes += 4 + (one?.length ?? 0);
    if (one === null) {
      nullCount++;
      continue;
    }
    view.setInt32(starts[row]! - 4, one.length);
    bytes.set(one, starts[row]!);
  }
  return { fields: { bytes, view, starts, begin: 0, count: BATCH_ROWS, nullCount }, wireBytes };
}

function measure(one: Case): { nsPerValue: number; secondsPerGigabyte: number } {
  const batches = Array.from({ length: BATCHES }, () => batchOf(one));
  const wireBytes = batches.reduce((sum, batch) => sum + batch.wireBytes, 0);
  const decoder = createDecoder(one.spec);
  const pass = () => {
    for (const { fields } of batches) decoder.decode(fields);
  };
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) pass();
  let best = Number.POSITIVE_INFINITY;
  for (const end = performance.now() + MEASURE_MS; performance.now() < end; ) {
    const begin = performance.now();
    pass();
    best = Math.min(best, performance.now() - begin);
  }
  return { nsPerValue: (best * 1e6) / (BATCHES * BATCH_ROWS), secondsPerGigabyte: (best * 1e6) / wireBytes };
}

const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? cases : cases.filter(({ name }) => wanted.some((part) => name.includes(part)));
console.log(`Node ${process.version}, ${BATCHES} batches of ${BATCH_ROWS} rows\n`);
console.log(`${"type".padEnd(28)}${"ns/value".padStart(10)}${"CPU-s/GB".padStart(10)}`);
for (const one of chosen) {
  const { nsPerValue, secondsPerGigabyte } = measure(one);
  console.log(`${one.name.padEnd(28)}${nsPerValue.toFixed(2).padStart(10)}${secondsPerGigabyte.toFixed(3).padStart(10)}`);
}
