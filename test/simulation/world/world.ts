import { createProcess } from "./create-process.ts";
import { type FaultRates, NO_FAULTS } from "./faults.ts";
import { enter, leave } from "./globals.ts";
import { Loop } from "./loop.ts";
import { deliver, type Received } from "./network.ts";
import type { Process } from "./process.ts";
import { Random } from "./random.ts";
import { type Change, type Request, Store } from "./store.ts";

/** An invariant that broke. */
export class Violation extends Error {
  /** Its letter. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

export interface WorldOptions {
  readonly seed: number;
  readonly rates: FaultRates;
  /** When faults end, in true time. */
  readonly faultsEndMs: number;
  /** When the world begins, by its store's clock; 2026-11-30, noon, when left out. */
  readonly epochMs?: number;
  /** Collects the story: a line for each thing that happened. */
  readonly story?: string[] | undefined;
}

/** A store, a network and some processes under one virtual clock and one seed. The same seed is the same history. */
export class World {
  readonly random: Random;
  readonly epochMs: number;
  readonly loop = new Loop();
  readonly store: Store;
  readonly watchers: ((change: Change) => void)[] = [];
  readonly processes: Process[] = [];
  violation: Violation | null = null;
  readonly #rates: FaultRates;
  readonly #faultsEndMs: number;
  readonly #story: string[] | undefined;
  #tokens = 0;

  constructor({ seed, rates, faultsEndMs, epochMs = Date.UTC(2026, 10, 30, 12), story }: WorldOptions) {
    this.random = new Random(seed);
    this.epochMs = epochMs;
    this.#rates = rates;
    this.#faultsEndMs = faultsEndMs;
    this.#story = story;
    this.store = new Store((change) => this.guard(() => this.watchers.forEach((watch) => void watch(change))));
  }

  get hasFaults(): boolean {
    return this.loop.now < this.#faultsEndMs;
  }

  /** The rates of now: none any more once faults have ended. */
  get rates(): FaultRates {
    return this.hasFaults ? this.#rates : NO_FAULTS;
  }

  get isTold(): boolean {
    return this.#story !== undefined;
  }

  /** An instant by the store's clock, in whole seconds, as HTTP has them. */
  storeTime(atMs = this.loop.now): Date {
    return new Date(this.epochMs + Math.floor(atMs / 1000) * 1000);
  }

  /** Names a write; no two are the same. */
  newToken(): string {
    return `t${++this.#tokens}`;
  }

  /** Starts a process now. What it rejects with is told, and nobody's concern: it crashed. */
  spawn(name: string, work: (process: Process) => Promise<unknown>, skewMs = 0): Process {
    const process = createProcess(this.loop, name, this.epochMs + skewMs);
    this.processes.push(process);
    const ended = (how: () => string): void => {
      this.tell(name, how);
      // Its timers end with it.
      process.alive = false;
    };
    this.loop.at(this.loop.now, process, () => {
      this.tell(name, () => (skewMs === 0 ? "starts" : `starts, its clock ${seconds(skewMs)} off`));
      work(process).then(
        () => ended(() => "ends"),
        (error: unknown) => {
          if (error instanceof Violation) this.violation ??= error;
          ended(() => `ends with ${error instanceof Error ? error.message : String(error)}`);
        },
      );
    });
    return process;
  }

  tell(who: string, what: () => string): void {
    this.#story?.push(`${seconds(this.loop.now).padStart(12)}  ${who.padEnd(10)}  ${what()}`);
  }

  /** Runs a check; the first violation ends the world. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violation ??= error;
    }
  }

  /** Lets things happen until nothing is left, an invariant broke, or more happened than a world should need. */
  async run({ maxSteps = 20_000 } = {}): Promise<"quiet" | "violation" | "endless"> {
    const { loop } = this;
    enter({
      wallMs: () => loop.running?.clock.now() ?? this.epochMs + Math.floor(loop.now),
      random: this.random,
      later: (ms, work) => loop.later(ms, loop.running, work),
    });
    try {
      for (let steps = 0; steps < maxSteps; steps++) {
        if (this.violation !== null) return "violation";
        if (!loop.step(this.strike)) return "quiet";
        await settled();
      }
      return this.violation !== null ? "violation" : "endless";
    } finally {
      leave();
    }
  }

  /** Sends one request over the network. Resolves with what came back, in the process's own time. */
  send(process: Process, request: Request): Promise<Received> {
    return new Promise((resolve) => deliver(this, process, request, resolve));
  }

  /** Whatever befalls a process befalls it just before something reaches it. */
  readonly strike = (process: Process): void => {
    const { random, rates } = this;
    if (random.chance(rates.kill)) {
      process.alive = false;
      this.tell(process.name, () => "is killed");
    } else if (random.chance(rates.stall)) {
      this.stall(process, false);
    } else if (random.chance(rates.sleep)) {
      this.stall(process, true);
    }
  };

  stall(process: Process, asleep: boolean): void {
    // Now and then somebody closes a laptop over lunch.
    const ms = this.random.chance(0.1) ? this.random.magnitude(600_000, 10_800_000) : this.random.magnitude(1_000, 600_000);
    process.stalledUntil = this.loop.now + ms;
    if (asleep) process.sleptMs += ms;
    this.tell(process.name, () => `${asleep ? "sleeps" : "is stalled"} for ${seconds(ms)}`);
  }
}

/** Resolves when every promise that can go on without the world has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
