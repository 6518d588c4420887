import type { Nulled } from "./contract.ts";

/** Counts the values that a decoder makes null because they have no counterpart. */
export interface NulledCounter {
  add(what: string): void;
  nulled(): Nulled;
}

export function createNulledCounter(): NulledCounter {
  let values = 0;
  let first: string | null = null;
  return {
    add(what) {
      first ??= what;
      values++;
    },
    nulled: () => ({ values, first }),
  };
}

export const NOTHING_NULLED: Nulled = { values: 0, first: null };

/** Of a value and its parts. */
export function addNulled(all: readonly Nulled[]): Nulled {
  return {
    values: all.reduce((sum, { values }) => sum + values, 0),
    first: all.find(({ values }) => values > 0)?.first ?? null,
  };
}
