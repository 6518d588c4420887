import type { Random } from "../demo/random.ts";
import type { Touch } from "./places.ts";
import type { Victim } from "./process.ts";

/** What is done to one process, and when. */
export interface Strike {
  /** Since the process started, or since the sink was touched so often in the round: about to change, or just changed. */
  readonly when: { readonly afterMs: number } | { readonly touched: Touch; readonly times: number; readonly afterMs: number };
  readonly act: "kill" | "freeze" | "freeze, then kill";
  readonly forMs: number;
}

/** Writes of each kind in a round of three extracts, about. */
const WRITES: Readonly<Record<Touch, number>> = { record: 12, data: 4 };

/** Draws what befalls one process: nothing for one of five. */
export function drawStrikes(random: Random, leaseMs: number, touchesPerWrite: number): Strike[] {
  const strikes: Strike[] = [];
  while (strikes.length < 3 && random.chance(strikes.length === 0 ? 0.8 : 0.35)) {
    const touched = random.weighted<Touch>({ record: 1, data: 1 });
    const times = random.int(1, WRITES[touched] * touchesPerWrite);
    const soonMs = random.chance(0.5) ? random.between(0, 4) : random.between(0, 60);
    const when = random.chance(0.2) ? { afterMs: random.int(100, 4_000) } : { touched, times, afterMs: soonMs };
    const act = random.weighted({ kill: 3, freeze: 6, "freeze, then kill": 1 });
    const forMs = random.chance(0.5) ? random.between(50, leaseMs) : random.between(leaseMs, 4 * leaseMs);
    strikes.push({ when, act, forMs });
    if (act !== "freeze") break;
  }
  return strikes;
}

/** Counts how often the sink was touched in a round, and tells who waits for it. */
export interface Touches {
  touched(what: Touch): void;
  /** Calls back once `what` was touched for the `times`-th time. */
  onCount(what: Touch, times: number, call: () => void): void;
}

export function countTouches(): Touches {
  const counts: Record<Touch, number> = { record: 0, data: 0 };
  const waiting: { what: Touch; times: number; call: () => void }[] = [];
  return {
    touched: (what) => {
      const count = ++counts[what];
      for (const { what: awaited, times, call } of waiting) if (awaited === what && times === count) call();
    },
    onCount: (what, times, call) => void waiting.push({ what, times, call }),
  };
}

/** Lets strikes fall on a process, one after another. @returns what calls them off */
export function strike(victim: Victim, strikes: readonly Strike[], touches: Touches): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, work: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  for (const { when, act, forMs } of strikes) {
    const fall = (): void => {
      if (act === "kill") victim.kill();
      else victim.freeze(forMs, act === "freeze" ? "resume" : "kill");
    };
    if ("touched" in when) touches.onCount(when.touched, when.times, () => later(when.afterMs, fall));
    else later(when.afterMs, fall);
  }
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
