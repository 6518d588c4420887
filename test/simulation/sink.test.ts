import { setImmediate } from "node:timers/promises";
import { sinkContract } from "../sink/contract.ts";
import { NO_FAULTS } from "./world/faults.ts";
import { simulatedSink } from "./world/sink.ts";
import { World } from "./world/world.ts";

/** A world without faults, whose loop runs beside the test. */
sinkContract("the simulated sink", async () => {
  const world = new World({ seed: 1, rates: NO_FAULTS, faultsEndMs: 0, epochMs: Date.now() });
  let isOpen = true;
  const process = await new Promise<Parameters<Parameters<World["spawn"]>[1]>[0]>((resolve) => {
    world.spawn("tester", (self) => {
      resolve(self);
      return new Promise(() => {});
    });
    void (async () => {
      while (isOpen) {
        world.loop.step(() => {});
        await setImmediate();
      }
    })();
  });
  return {
    sink: simulatedSink(world, process),
    other: async () => simulatedSink(world, process),
    leftovers: async () => [],
    close: async () => {
      isOpen = false;
    },
  };
});
