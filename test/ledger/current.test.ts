import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Current, type Move, moveOf, publish, readCurrent } from "../../src/ledger/current.ts";
import { current, OBJECT, temporarySink } from "../support/ledger-samples.ts";

describe("the pointer to the current run", () => {
  const table: [string, Current | null, Partial<Current>, Move][] = [
    ["the first", null, {}, "first"],
    ["a newer snapshot", current, { snapshot_dt: "2026-12-01", run: "2026-12-01-x" }, "newer"],
    ["an older snapshot", current, { snapshot_dt: "2026-11-29", run: "2026-11-29-x" }, "older"],
    ["another run of the same snapshot", current, { run: "2026-11-30-x" }, "again"],
    ["the same run with more shards", current, { landed: 2 }, "again"],
    ["the same again, later", current, { published_at: "2026-12-24T00:00:00.000Z" }, "unchanged"],
  ];
  for (const [name, from, fields, move] of table) {
    it(`says "${move}" for ${name}`, async (t) => {
      const next = { ...current, ...fields };
      assert.equal(moveOf(from, next), move);
      const sink = await temporarySink(t);
      if (from !== null) await publish(sink, from);
      const result = await publish(sink, next);
      const expected = move === "older" || move === "unchanged" ? from : next;
      assert.deepEqual(result, { move, current: expected });
      assert.deepEqual(await readCurrent(sink, OBJECT), expected);
    });
  }

  it("ends at the newest snapshot, whatever the order and however many publish at once", async (t) => {
    const days = fc.uniqueArray(fc.integer({ min: 10, max: 28 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(days, async (order) => {
        const sink = await temporarySink(t);
        const results = await Promise.all(
          order.map((day) => publish(sink, { ...current, snapshot_dt: `2026-11-${day}`, run: `2026-11-${day}-x` })),
        );
        assert.equal((await readCurrent(sink, OBJECT))?.snapshot_dt, `2026-11-${Math.max(...order)}`);
        assert.equal(results.filter(({ move }) => move === "first").length, 1);
      }),
      { numRuns: 20 },
    );
  });

  it("is null when nothing was published", async (t) => {
    assert.equal(await readCurrent(await temporarySink(t), OBJECT), null);
  });
});
