import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { flowRows } from "../../src/extract/row-flow.ts";
import type { Encoders } from "../../src/extract/threads/encoders.ts";
import type { ParquetFileWriter } from "../../src/parquet/file-writer.ts";
import type { Slab, SlabPool, WireRead } from "../../src/source/contract.ts";

const GROUP_BYTES = 100;

/** A flow of slabs of so many bytes, one row each, whose row groups are written when the test says so. */
function startFlow(slabBytes: readonly number[]) {
  const log: string[] = [];
  const writes: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const slabs: Slab[] = slabBytes.map((byteLength) => ({ bytes: new Uint8Array(0), byteLength, rows: 1 }));
  const read = { rows: Promise.resolve(slabs.length), [Symbol.asyncIterator]: () => slabs.values() } as unknown as WireRead;
  const encoders: Encoders = {
    feed: (_slab, firstRow, release) => {
      log.push(`row ${firstRow}`);
      release();
    },
    finishRowGroup: async () => [],
    facts: async () => [],
    failure: () => null,
    close: async () => void log.push("closed"),
  };
  const writer = {
    writeRowGroup: (_fields: unknown, rows: number) =>
      new Promise<void>((resolve, reject) => {
        log.push(`writing ${rows}`);
        writes.push({ resolve, reject });
      }),
  } as unknown as ParquetFileWriter;
  const pool = { release: () => {} } as unknown as SlabPool;
  const result = flowRows({
    read,
    pool,
    writer,
    rowGroupBytes: GROUP_BYTES,
    startEncoders: async () => encoders,
    progress: () => {},
    lastRowIn: () => void log.push("last row in"),
  });
  result.catch(() => {});
  /** What happened since the last call, once nothing more does. */
  const happened = async (): Promise<string[]> => {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    return log.splice(0);
  };
  return { result, writes, happened };
}

describe("the flow of rows", () => {
  it("encodes one row group while another is written, and waits with a third", async () => {
    const { result, writes, happened } = startFlow([60, 60, 60, 60, 60, 60]);
    assert.deepEqual(await happened(), ["row 0", "row 1", "writing 2", "row 2", "row 3"]);
    writes[0]!.resolve();
    assert.deepEqual(await happened(), ["writing 2", "row 4", "row 5"]);
    writes[1]!.resolve();
    assert.deepEqual(await happened(), ["writing 2", "last row in"]);
    writes[2]!.resolve();
    assert.equal((await result).rows, 6);
  });

  it("encodes nothing beside a row group that huge rows made more than twice as large", async () => {
    const { result, writes, happened } = startFlow([250, 60, 60]);
    assert.deepEqual(await happened(), ["row 0", "row 1", "writing 2"]);
    writes[0]!.resolve();
    assert.deepEqual(await happened(), ["row 2", "last row in", "writing 1"]);
    writes[1]!.resolve();
    assert.equal((await result).rows, 3);
  });

  it("says that the last row is in while row groups are still to be written, so that the source is free", async () => {
    const { result, writes, happened } = startFlow([60, 60, 60]);
    assert.deepEqual(await happened(), ["row 0", "row 1", "writing 2", "row 2", "last row in"]);
    writes[0]!.resolve();
    assert.deepEqual(await happened(), ["writing 1"]);
    writes[1]!.resolve();
    assert.equal((await result).rows, 3);
  });

  it("ends with the failure of a write that it didn't wait for", async () => {
    const { result, writes, happened } = startFlow([60, 60, 60, 60, 60, 60]);
    await happened();
    writes[0]!.reject(new Error("the disk is full"));
    await assert.rejects(result, { message: "the disk is full" });
    assert.deepEqual(await happened(), ["closed"]);
  });

  it("ends with the failure of the last write", async () => {
    const { result, writes, happened } = startFlow([60, 60]);
    await happened();
    writes[0]!.reject(new Error("the disk is full"));
    await assert.rejects(result, { message: "the disk is full" });
  });
});
