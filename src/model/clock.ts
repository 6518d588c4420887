import { setTimeout as delay } from "node:timers/promises";

/** One process's time. What decides between processes goes by the store's clock (`Sink.now`); this one paces and gives up. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some instant; never goes back. */
  monotonic(): number;
  /** @throws the signal's reason when it aborts */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `work` every `ms` until cancelled; doesn't keep the process alive. */
  every(ms: number, work: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: Date.now,
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
  },
  every: (ms, work) => {
    const timer = setInterval(work, ms).unref();
    return { cancel: () => clearInterval(timer) };
  },
};
