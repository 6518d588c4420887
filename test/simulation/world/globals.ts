import type { Random } from "./random.ts";

/** What a simulated process finds where a real one finds the machine. */
export interface Machine {
  /** Wall clock of the process that is running now. */
  wallMs(): number;
  random: Random;
  /** Calls `work` later, in virtual time, unless the process died. @returns how to cancel it */
  later(ms: number, work: () => void): () => void;
}

const RealDate = globalThis.Date;
const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
const realRandom = Math.random;
const realStackTraceLimit = Error.stackTraceLimit;

let machine: Machine | null = null;

class VirtualDate extends RealDate {
  constructor(...given: unknown[]) {
    // @ts-expect-error: a Date takes what a Date takes
    super(...(given.length === 0 ? [VirtualDate.now()] : given));
  }

  static override now(): number {
    return machine === null ? RealDate.now() : machine.wallMs();
  }
}

class VirtualTimeout {
  readonly cancel: () => void;
  constructor(cancel: () => void) {
    this.cancel = cancel;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/**
 * While a world runs, the code in it must find neither the machine's time nor its chance, or a seed would not be a history. The clock is
 * injected into all that decides; dates for people to read, and libraries that wait, are caught here.
 */
export function enter(entered: Machine): void {
  machine = entered;
  // Errors are part of every history, and their stacks, which nobody reads, are most of their cost.
  Error.stackTraceLimit = 0;
  globalThis.Date = VirtualDate as DateConstructor;
  Math.random = () => entered.random.next();
  const virtual = (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    new VirtualTimeout(entered.later(ms, () => work(...args)));
  globalThis.setTimeout = virtual as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: unknown) => {
    if (timer instanceof VirtualTimeout) timer.cancel();
    else realClearTimeout(timer as NodeJS.Timeout);
  }) as typeof clearTimeout;
}

export function leave(): void {
  machine = null;
  globalThis.Date = RealDate;
  Math.random = realRandom;
  Error.stackTraceLimit = realStackTraceLimit;
  globalThis.setTimeout = realSetTimeout;
  globalThis.clearTimeout = realClearTimeout;
}
