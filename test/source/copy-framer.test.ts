import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CopyFramer } from "../../src/source/copy-framer.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";

const SLAB_BYTES = 256;

function message(tag: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(tag, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A CopyData message of one row with one field. */
function row(field: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeInt16BE(1);
  head.writeInt32BE(field.length, 2);
  return message("d", Buffer.concat([head, field]));
}

const FILE_HEADER = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const TRAILER = Buffer.from([0xff, 0xff]);
const NOTICE = message("N", Buffer.from("SNOTICE\0\0"));
const AFTER = Buffer.concat([
  message("c", Buffer.alloc(0)),
  message("C", Buffer.from("COPY 3\0")),
  message("Z", Buffer.from("T")),
]);

/** What a server sends: the header shares its message with the first row. `others` stand before the row of that number. */
function wire(rows: readonly Buffer[], others: ReadonlyMap<number, Buffer> = new Map()): Buffer {
  const parts = [message("H", Buffer.from([1, 0, 0]))];
  const tuples = [...rows.map((frame) => frame.subarray(5)), TRAILER];
  tuples.forEach((tuple, at) => {
    parts.push(others.get(at) ?? Buffer.alloc(0), message("d", at === 0 ? Buffer.concat([FILE_HEADER, tuple]) : tuple));
  });
  return Buffer.concat([...parts, AFTER]);
}

/** The definition of a slab, in the simplest words. */
function expectedSlabs(rows: readonly Buffer[]): Buffer[] {
  const slabs: Buffer[][] = [];
  let room = 0;
  for (const frame of rows) {
    if (frame.length > room) {
      slabs.push([]);
      room = Math.max(SLAB_BYTES, frame.length);
    }
    slabs.at(-1)?.push(frame);
    room -= frame.length;
  }
  return slabs.map((frames) => Buffer.concat(frames));
}

interface Outcome {
  slabs: Buffer[];
  rows: number;
  messages: Buffer[];
  rest: Buffer | null;
  errors: string[];
}

/** Feeds bytes in pieces, in place where the framer offers room; a consumer gives each slab back after `holdSlabs` others. */
async function feed(
  bytes: Buffer,
  pieces: readonly number[],
  slabCount = 2,
  discardAt = Number.POSITIVE_INFINITY,
): Promise<Outcome> {
  const pool = createSlabPool({ slabBytes: SLAB_BYTES, slabCount });
  const outcome: Outcome = { slabs: [], rows: 0, messages: [], rest: null, errors: [] };
  let resumed: () => void = () => {};
  let piece = 0;
  const framer = new CopyFramer(pool, {
    slab: (slab) => {
      // The consumer copies when it is its turn, so that a slab overwritten too early would show.
      setImmediate(() => {
        outcome.slabs.push(Buffer.from(slab.bytes.subarray(0, slab.byteLength)));
        outcome.rows += slab.rows;
        pool.release(slab);
      });
    },
    message: (frame) => outcome.messages.push(frame),
    end: (rest) => {
      outcome.rest = rest;
      resumed();
    },
    resume: () => resumed(),
    corrupt: (error) => outcome.errors.push(error.code),
  });
  for (let at = 0; at < bytes.length && outcome.rest === null && outcome.errors.length === 0; ) {
    if (at >= discardAt) framer.discard();
    const length = Math.min(pieces[piece++ % pieces.length] ?? 1, bytes.length - at);
    const room = framer.space();
    // What is read elsewhere is overwritten afterwards, as a socket's own memory is.
    const elsewhere = Buffer.from(bytes.subarray(at, at + length));
    const target = room !== null && room.length > 0 ? room : elsewhere;
    const taken = Math.min(length, target.length);
    if (target === room) bytes.copy(target, 0, at, at + taken);
    at += taken;
    const goOn = new Promise<void>((resolve) => {
      resumed = resolve;
    });
    if (!framer.receive(target, taken)) await goOn;
    elsewhere.fill(0xee);
    if (outcome.rest !== null) outcome.rest = Buffer.concat([outcome.rest, bytes.subarray(at)]);
  }
  framer.dispose();
  await new Promise((resolve) => setImmediate(resolve));
  // All memory has come back: as many slabs as there are can be had at once.
  for (let slab = 0; slab < slabCount; slab++) assert.notEqual(pool.tryAcquire(0), null);
  return outcome;
}

const rowsArbitrary = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 60 }) },
    { weight: 1, arbitrary: fc.integer({ min: 200, max: 700 }) },
    { weight: 1, arbitrary: fc.constantFrom(SLAB_BYTES - 11, SLAB_BYTES - 12, SLAB_BYTES - 10, SLAB_BYTES / 2 - 11) },
  ),
  { maxLength: 30 },
);
const piecesArbitrary = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });

describe("the COPY framer", () => {
  it("cuts the same slabs whatever the network does, with whatever messages between the rows", async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsArbitrary,
        piecesArbitrary,
        fc.integer({ min: 1, max: 3 }),
        fc.uniqueArray(fc.nat(30)),
        async (lengths, pieces, slabCount, noticesAt) => {
          const rows = lengths.map((length, at) => row(Buffer.alloc(length, at + 1)));
          const others = new Map(noticesAt.filter((at) => at <= rows.length).map((at) => [at, NOTICE]));
          const outcome = await feed(wire(rows, others), pieces, slabCount);
          assert.deepEqual(outcome.errors, []);
          assert.deepEqual(outcome.slabs, expectedSlabs(rows));
          assert.equal(outcome.rows, rows.length);
          assert.deepEqual(
            outcome.messages,
            [...others].map(() => NOTICE),
          );
          assert.deepEqual(outcome.rest, AFTER);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("reads over what is left after it was told to discard, and finds the end", async () => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, piecesArbitrary, fc.nat(3000), async (lengths, pieces, discardAt) => {
        const rows = lengths.map((length) => row(Buffer.alloc(length)));
        const outcome = await feed(wire(rows, new Map([[1, NOTICE]])), pieces, 1, discardAt);
        assert.deepEqual(outcome.rest, AFTER);
      }),
      { numRuns: 200 },
    );
  });

  it("takes rows without columns for rows", async () => {
    const empty = message("d", Buffer.from([0, 0]));
    const outcome = await feed(wire([empty, empty, empty]), [7]);
    assert.equal(outcome.rows, 3);
    assert.deepEqual(outcome.slabs, [Buffer.concat([empty, empty, empty])]);
  });

  it("reads over a header extension", async () => {
    const header = Buffer.concat([FILE_HEADER.subarray(0, 15), Buffer.from([0, 0, 0, 3]), Buffer.from("ext")]);
    const tuple = row(Buffer.from("x")).subarray(5);
    const bytes = Buffer.concat([message("d", Buffer.concat([header, tuple])), message("d", TRAILER), AFTER]);
    assert.deepEqual((await feed(bytes, [5, 1])).slabs, [row(Buffer.from("x"))]);
  });

  it("hands an error message over with nothing of the slab it broke off", async () => {
    const failure = message("E", Buffer.from("SFATAL\0C57P01\0\0"));
    const bytes = wire([row(Buffer.from("a")), row(Buffer.from("b"))]);
    const outcome = await feed(Buffer.concat([bytes.subarray(0, bytes.length - AFTER.length - 7), failure]), [11]);
    assert.deepEqual(outcome.rest, failure);
    assert.deepEqual(outcome.slabs, []);
  });

  it("notices bytes that are no COPY BINARY", async () => {
    const noSignature = message("d", Buffer.from("1\t2\n".repeat(10)));
    const tooShort = Buffer.concat([
      wire([row(Buffer.from("a"))]).subarray(0, -AFTER.length - 7),
      message("d", Buffer.from([1])),
    ]);
    for (const bytes of [noSignature, tooShort, message("d", Buffer.from("PGCOPY"))]) {
      assert.deepEqual((await feed(bytes, [9])).errors, ["WIRE_CORRUPT"]);
    }
  });

  it("reads tens of thousands of notices between rows", async () => {
    const rows = Array.from({ length: 20_000 }, () => row(Buffer.from("x")));
    const outcome = await feed(wire(rows, new Map(rows.map((_, at) => [at, NOTICE]))), [65_536], 3);
    assert.equal(outcome.rows, 20_000);
    assert.equal(outcome.messages.length, 20_000);
  });
});
