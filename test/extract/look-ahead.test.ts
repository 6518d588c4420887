import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lookAhead } from "../../src/extract/look-ahead.ts";

describe("looking ahead", () => {
  /** 0, 1, … below `count`; writes down what is asked of it. */
  async function* numbers(count: number, log: string[], failAt = count): AsyncGenerator<number> {
    try {
      for (let number = 0; number < count; number++) {
        log.push(`asked for ${number}`);
        if (number === failAt) throw new Error("no more");
        yield number;
      }
    } finally {
      log.push("left");
    }
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it("learns that an item was the last while it is in use, when the reader asks", async () => {
    const log: string[] = [];
    for await (const { item, askNext } of lookAhead(numbers(2, log), () => log.push("ended"))) {
      askNext();
      askNext();
      await settled();
      log.push(`used ${item}`);
    }
    assert.deepEqual(log, ["asked for 0", "asked for 1", "used 0", "left", "ended", "used 1"]);
  });

  it("asks for the next item when one is done with, when the reader doesn't", async () => {
    const log: string[] = [];
    for await (const { item } of lookAhead(numbers(2, log), () => log.push("ended"))) log.push(`used ${item}`);
    assert.deepEqual(log, ["asked for 0", "used 0", "asked for 1", "used 1", "left", "ended"]);
  });

  it("ends at once without items", async () => {
    const log: string[] = [];
    for await (const { item } of lookAhead(numbers(0, log), () => log.push("ended"))) assert.fail(String(item));
    assert.deepEqual(log, ["left", "ended"]);
  });

  it("throws what the stream throws where its item was to be used, not before", async () => {
    const log: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { item, askNext } of lookAhead(numbers(2, log, 1), () => log.push("ended"))) {
        askNext();
        await settled();
        log.push(`used ${item}`);
      }
    };
    await assert.rejects(reading(), /no more/);
    assert.deepEqual(log, ["asked for 0", "asked for 1", "left", "used 0"]);
  });

  it("leaves the stream when the reader does", async () => {
    const log: string[] = [];
    for await (const { item } of lookAhead(numbers(2, log), () => log.push("ended"))) {
      log.push(`used ${item}`);
      break;
    }
    assert.deepEqual(log, ["asked for 0", "used 0", "left"]);
  });
});
