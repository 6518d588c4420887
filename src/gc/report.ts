import type { BronzeError } from "../model/errors.ts";

/**
 * orphan: an object of a landing that never committed · foreign: an object that no landing here wrote · record: what is left of failed
 * attempts of runs that are gone · run: the documents of an old run
 */
export const KINDS = ["orphan", "foreign", "record", "run"] as const;
export type Kind = (typeof KINDS)[number];

/** found: a dry run, or not asked for · kept: it changed, or somebody began to use it · failed: see `error` */
export type Outcome = "found" | "deleted" | "kept" | "failed";

/** One thing that no manifest vouches for. */
export interface Item {
  readonly kind: Kind;
  /** Key of the object or the record; of a run its folder. */
  readonly key: string;
  readonly bytes: number;
  /** Why nothing needs it. */
  readonly reason: string;
  readonly outcome: Outcome;
  /** Why it could not be deleted; null where it could, or wasn't asked for. */
  readonly error: Pick<BronzeError, "code" | "message"> | null;
}

export interface Total {
  readonly found: number;
  readonly bytes: number;
  readonly deleted: number;
  readonly kept: number;
  readonly failed: number;
}

export interface GcReport {
  readonly totals: Readonly<Record<Kind, Total>>;
  /** Of each kind the first ones, in the order they were found. */
  readonly items: readonly Item[];
}

/** Items of each kind that a report holds; more are only counted. */
const MOST_ITEMS = 10_000;

/** Adds up what was found, in bounded memory. */
export class Tally {
  readonly #totals = Object.fromEntries(
    KINDS.map((kind) => [kind, { found: 0, bytes: 0, deleted: 0, kept: 0, failed: 0 }]),
  ) as Record<Kind, { -readonly [K in keyof Total]: number }>;
  readonly #items: Item[] = [];

  add(item: Item): void {
    const total = this.#totals[item.kind];
    total.found++;
    total.bytes += item.bytes;
    if (item.outcome !== "found") total[item.outcome]++;
    if (total.found <= MOST_ITEMS) this.#items.push(item);
  }

  report(): GcReport {
    return { totals: this.#totals, items: this.#items };
  }
}
