import type { ObjectConfig } from "../config/object-config.ts";
import type { Actor } from "../ledger/actor.ts";
import type { Current } from "../ledger/current.ts";
import type { Sink } from "../sink/sink.ts";
import type { Tally } from "./report.ts";

export interface GcOptions {
  /** Deletes; otherwise it is only told what would be deleted. */
  readonly delete: boolean;
  /** Deletes also objects that no landing here wrote. */
  readonly foreign: boolean;
  /** Objects younger than this are left alone. */
  readonly olderThanMs: number;
  /** So many of the newest runs keep their documents. */
  readonly keepRuns: number;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** Told now and then how far it is. */
  readonly progress: (text: string) => void;
}

/** What all parts of one collection know. */
export interface Collection extends GcOptions {
  readonly sink: Sink;
  readonly config: ObjectConfig;
  readonly object: string;
  /** All objects with a ledger in the sink: their landing records vouch too. */
  readonly objects: readonly string[];
  /** When the collection began, by the store's clock. */
  readonly startedAt: Date;
  /** When the object's ledger was created. */
  readonly createdAt: Date;
  readonly current: Current | null;
  /** Runs of the object that have documents. */
  readonly runs: ReadonlySet<string>;
  readonly tally: Tally;
}

/** Requests at once. */
export const REQUESTS = 16;

export const DAY_MS = 24 * 3_600_000;
