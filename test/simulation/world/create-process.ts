import type { Clock } from "../../../src/model/clock.ts";
import type { Loop } from "./loop.ts";
import type { Process } from "./process.ts";

/** @param beganMs its wall clock when the world began */
export function createProcess(loop: Loop, name: string, beganMs: number): Process {
  const process: Process = { name, alive: true, stalledUntil: 0, sleptMs: 0, clock: null as unknown as Clock };
  const clock: Clock = {
    now: () => beganMs + Math.floor(loop.now),
    monotonic: () => loop.now - process.sleptMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          cancel();
          reject(signal!.reason);
        };
        const cancel = loop.later(ms, process, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        signal?.addEventListener("abort", abort, { once: true });
      }),
    every: (ms, work) => {
      let cancel = (): void => {};
      const next = (): void => {
        cancel = loop.later(ms, process, () => {
          next();
          work();
        });
      };
      next();
      return { cancel: () => cancel() };
    },
  };
  return Object.assign(process, { clock });
}
