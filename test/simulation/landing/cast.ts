import { type FaultRates, focusedRates, randomRates } from "../world/faults.ts";
import type { Random } from "../world/random.ts";
import type { RunWish } from "./plans.ts";
import { LandingProcess, type Scene } from "./processes.ts";

export const MINUTE_MS = 60_000;

/** What one world is to be like. */
export interface Casting {
  readonly rates: FaultRates;
  readonly faultsEndMs: number;
  readonly leaseMs: number;
  /** Milliseconds that a read of the source takes, least and most. */
  readonly readMs: readonly [number, number];
  /** How often a read fails while faults last. */
  readonly failing: number;
  /** Files of a shard. */
  readonly parts: number;
  /** How long the source stays as it is, about. */
  readonly tableMs: number;
  readonly shards: readonly string[];
  readonly runs: readonly RunWish[];
  /** Whether all processes of all runs come within minutes. */
  readonly isCrowded: boolean;
}

const SHARDS = ["tx_travis", "tx_bexar", "ca_marin"];

export function randomCasting(random: Random): Casting {
  return random.chance(0.3) ? crowd(random) : mixture(random);
}

/** Everything that there is, some of it. */
function mixture(random: Random): Casting {
  const shards = SHARDS.slice(0, random.pick([1, 1, 2, 2, 3]));
  return {
    rates: randomRates(random),
    faultsEndMs: random.magnitude(2 * MINUTE_MS, 40 * MINUTE_MS),
    leaseMs: random.pick([5_000, 10_000, 25_000]),
    readMs: random.pick([
      [100, 2_000],
      [500, 10_000],
      [2_000, 60_000],
    ]),
    failing: random.pick([0, 0, 0.05, 0.2]),
    parts: random.chance(0.15) ? 2 : 1,
    tableMs: random.pick([20_000, 100_000, 600_000]),
    shards,
    runs: Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, (_, i) => {
      const isChoice = shards.length > 1 && random.chance(0.2);
      return {
        run: `run-${i + 1}`,
        day: random.chance(0.85) ? "2026-11-30" : random.pick(["2026-11-29", "2026-12-01"]),
        kind: random.chance(0.7) ? "a" : "b",
        shards: isChoice ? shards.slice(0, 1) : shards,
        isChoice,
        replace: random.chance(0.08),
      };
    }),
    isCrowded: false,
  };
}

/** One data key, that runs of two configs want within minutes, of a table that hardly changes: the same bytes come again and again. */
function crowd(random: Random): Casting {
  const kinds = random.pick(["ab", "aba", "bab", "aba"]);
  return {
    rates: random.chance(0.5) ? focusedRates(random) : randomRates(random),
    faultsEndMs: random.magnitude(2 * MINUTE_MS, 15 * MINUTE_MS),
    leaseMs: 5_000,
    readMs: [50, 1_000],
    failing: 0,
    parts: 1,
    tableMs: 600_000,
    shards: SHARDS.slice(0, 1),
    runs: [...kinds].map((kind, i) => ({
      run: `run-${i + 1}`,
      day: "2026-11-30",
      kind,
      shards: SHARDS.slice(0, 1),
      isChoice: false,
      replace: random.chance(0.1),
    })),
    isCrowded: true,
  };
}

type Begin = (name: string, work: (process: LandingProcess) => Promise<unknown>) => void;

/** The processes that work on one run: those that every run has, and those that make it interesting. */
export function populate(scene: Scene, random: Random, wish: RunWish, casting: Casting): void {
  const { faultsEndMs, isCrowded } = casting;
  const plannedMs = wish.run === "run-1" ? 0 : random.magnitude(100, faultsEndMs / 2);
  const laterMs = (): number => plannedMs + random.magnitude(1_000, Math.max(2_000, faultsEndMs - plannedMs));
  const later: Begin = (name, work) => begin(scene, random, wish, laterMs(), name, work);
  begin(scene, random, wish, plannedMs, "submit", (process) => process.submit());
  for (let i = random.pick(isCrowded ? [1, 2, 3] : [0, 1, 1, 2]); i > 0; i--) later(`retry${i}`, (process) => process.retry());
  if (random.chance(isCrowded ? 0.6 : 0.25)) later("publish", (process) => process.publish(random.chance(0.2)));
  for (let i = random.pick(isCrowded ? [0, 0, 1, 2] : [0, 0, 0, 0, 0, 0, 0, 1]); i > 0; i--) {
    later(`gc${i}`, (process) => process.collect(random.pick([0, MINUTE_MS, 10 * MINUTE_MS])));
  }
  if (isCrowded) return;
  if (random.chance(0.4)) later("again", (process) => process.submit());
  for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) {
    const index = random.int(0, wish.shards.length - 1);
    later(`child${i}`, (process) => process.child(index));
  }
  if (random.chance(0.2)) later("cancel", (process) => process.cancel());
}

function begin(
  { world, ...scene }: Scene,
  random: Random,
  wish: RunWish,
  atMs: number,
  name: string,
  work: (process: LandingProcess) => Promise<unknown>,
): void {
  const skewMs = random.chance(0.3) ? random.between(-1, 1) * random.pick([2_000, MINUTE_MS, 20 * MINUTE_MS]) : 0;
  const interruptMs = random.chance(0.06) ? random.magnitude(100, 5 * MINUTE_MS) : null;
  world.loop.at(atMs, null, () => {
    world.spawn(
      `${name}/${wish.run.slice(4)}`,
      (process) => {
        const landing = new LandingProcess({ world, ...scene }, process, wish);
        if (interruptMs !== null) landing.interruptAfter(interruptMs);
        return landing.live(work);
      },
      skewMs,
    );
  });
}
