import type { Random } from "./random.ts";

/** How often each fault happens: the first four to a process, at each thing that happens to it; the others to a request, at each delivery. */
export interface FaultRates {
  readonly kill: number;
  /** SIGSTOP, a long garbage collection, a starved machine: up to a few leases. */
  readonly stall: number;
  /** A laptop's lid: as a stall, but the process's own monotonic clock stands still too. */
  readonly sleep: number;
  /** Stalled between the last look at the clock and the request's departure. */
  readonly stallAtSend: number;
  /** Never arrives. */
  readonly lostRequest: number;
  readonly lostAnswer: number;
  /** Seconds instead of milliseconds, there or back. */
  readonly slow: number;
  /** Given up by its sender, and arrives all the same, minutes later. */
  readonly late: number;
  /** Arrives a second time, up to minutes later. */
  readonly twice: number;
  /** 429, 500 or 503; nothing was done. */
  readonly refused: number;
  /** 500, though it was done. */
  readonly doneThen500: number;
  /** 409: another request for the key is under way. */
  readonly conflict: number;
  /** 403: credentials that have just expired. */
  readonly denied: number;
}

const KINDS = [
  "kill",
  "stall",
  "sleep",
  "stallAtSend",
  "lostRequest",
  "lostAnswer",
  "slow",
  "late",
  "twice",
  "refused",
  "doneThen500",
  "conflict",
  "denied",
] as const satisfies readonly (keyof FaultRates)[];

export const NO_FAULTS = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as unknown as FaultRates;

/** Some kinds of fault, each as often as it falls out: a world of few kinds gets farther into each than a world of all of them. */
export function randomRates(random: Random): FaultRates {
  const share = random.pick([0, 0.15, 0.3, 0.6]);
  const rates = KINDS.map((kind) => {
    const most = kind === "kill" ? 0.05 : 0.25;
    return [kind, random.chance(share) ? random.magnitude(most / 25, most) : 0];
  });
  return Object.fromEntries(rates) as FaultRates;
}

/** One to three kinds of fault, each very often: what takes a whole chain of them comes to pass. */
export function focusedRates(random: Random): FaultRates {
  const kinds = random.shuffled(KINDS).slice(0, random.int(1, 3));
  const rates = kinds.map((kind) => [kind, kind === "kill" ? 0.05 : random.between(0.1, 0.5)]);
  return { ...NO_FAULTS, ...Object.fromEntries(rates) };
}
