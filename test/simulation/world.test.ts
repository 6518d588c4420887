import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BronzeError } from "../../src/model/errors.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { NO_FAULTS, randomRates } from "./world/faults.ts";
import { Random } from "./world/random.ts";
import { simulatedSink } from "./world/sink.ts";
import { Violation, World } from "./world/world.ts";

/** Two to four processes that each add one to a number in the store, by `add`. Nothing may get lost. */
async function count(seed: number, add: (sink: Sink) => Promise<void>, story?: string[]): Promise<Violation | null> {
  const random = new Random(seed);
  const world = new World({ seed, rates: randomRates(random), faultsEndMs: 600_000, ...(story === undefined ? {} : { story }) });
  world.watchers.push(({ before, after }) => {
    const [was, is] = [before, after].map((stored) => (stored === null ? 0 : Number(Buffer.from(stored.body))));
    if (is !== was! + 1) throw new Violation("count", `${was} became ${is}`);
  });
  for (let i = random.int(2, 4); i > 0; i--) {
    world.spawn(`adder-${i}`, (process) => add(simulatedSink(world, process)), random.between(-60_000, 60_000));
  }
  assert.notEqual(await world.run(), "endless");
  return world.violation;
}

const number = (value: number): Uint8Array => new TextEncoder().encode(String(value));

async function addCarelessly(sink: Sink): Promise<void> {
  const found = await sink.get("number");
  await sink.put("number", number(found === null ? 1 : Number(Buffer.from(found.body)) + 1));
}

async function addCarefully(sink: Sink): Promise<void> {
  for (;;) {
    const found = await sink.get("number");
    const condition = found === null ? "absent" : { etag: found.info.etag };
    try {
      await sink.put("number", number(found === null ? 1 : Number(Buffer.from(found.body)) + 1), { condition });
      return;
    } catch (error) {
      if ((error as BronzeError).code !== "SINK_CONFLICT") throw error;
    }
  }
}

describe("a simulated world", () => {
  it("finds a protocol that writes without a condition, and passes one that doesn't", async () => {
    let found = 0;
    for (let seed = 0; seed < 100; seed++) {
      if ((await count(seed, addCarelessly)) !== null) found++;
      assert.equal(await count(seed, addCarefully), null, `seed ${seed}`);
    }
    assert.ok(found > 20, `${found} of 100 seeds found it`);
  });

  it("tells the same story of the same seed, and others of others", async () => {
    const stories = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const [first, second]: string[][] = [[], []];
      await count(seed, addCarelessly, first);
      await count(seed, addCarelessly, second);
      assert.ok(first!.length > 2);
      assert.deepEqual(second, first);
      stories.add(first!.join("\n"));
    }
    assert.equal(stories.size, 20);
  });

  it("lets a killed process do nothing more, while what it sent arrives", async () => {
    const world = new World({ seed: 1, rates: NO_FAULTS, faultsEndMs: 0 });
    let went = "";
    const process = world.spawn("killed", async (self) => {
      const sink = simulatedSink(world, self);
      went += "a";
      await sink.put("left", number(1));
      went += "b";
    });
    world.loop.at(1, null, () => {
      process.alive = false;
    });
    assert.equal(await world.run(), "quiet");
    assert.equal(went, "a");
    assert.ok(world.store.objects.has("left"));
  });

  it("lets a stalled process see its own clock jump, and a sleeping one's monotonic clock stand", async () => {
    for (const [kind, monotonicMs] of [
      ["stall", 100_000],
      ["sleep", 1_000],
    ] as const) {
      const world = new World({ seed: 1, rates: NO_FAULTS, faultsEndMs: 0 });
      let passed: number[] = [];
      const process = world.spawn("stalled", async ({ clock }) => {
        const from = [clock.now(), clock.monotonic()];
        await clock.sleep(1_000);
        passed = [clock.now() - from[0]!, clock.monotonic() - from[1]!];
      });
      world.loop.at(500, null, () => {
        process.stalledUntil = 100_000;
        if (kind === "sleep") process.sleptMs = 99_000;
      });
      await world.run();
      assert.deepEqual(passed, [100_000, monotonicMs], kind);
    }
  });
});
