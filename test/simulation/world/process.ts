import type { Clock } from "../../../src/model/clock.ts";

/** One process of a simulated world, with its own idea of the time. */
export interface Process {
  readonly name: string;
  readonly clock: Clock;
  /** False once it was killed or has ended: nothing reaches it any more, though what it has sent may still arrive. */
  alive: boolean;
  /** Nothing reaches it before this instant of true time. */
  stalledUntil: number;
  /** How long its machine slept in all: its monotonic clock did not count that. */
  sleptMs: number;
}
