import { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import type { Condition, Sink } from "../sink/sink.ts";
import { changesAllTheTime, isConflict, otherVersion, readDocument, updateDocument, writeDocument } from "./document.ts";
import { Instant, LEDGER_VERSION, Version } from "./fields.ts";
import { type Column, ColumnSchema } from "./manifest.ts";
import { ledgerKey, objectFolder } from "./paths.ts";

/** `ledger.json`: that an object's ledger is of this version, in a store that keeps conditions; the field ids that were ever given, and the order of plans. */
export const LedgerSchema = z.object({
  version: Version,
  object: z.string(),
  created_at: Instant,
  /** Raised by every write, so that no two states are the same bytes. */
  seq: z.int().positive(),
  /** Columns that the object ever had, each as it was planned last. */
  columns: z.array(ColumnSchema),
  last_field_id: z.int().nonnegative(),
  /** When the last plan was made; the next one is later. */
  last_planned_at: Instant,
});

export type Ledger = z.infer<typeof LedgerSchema>;

/**
 * Makes sure of an object's ledger before a run is planned; the first time it is created. One request where it is there.
 * @throws BronzeError LEDGER_VERSION for the ledger of another version, SINK_INVALID for a store that ignores conditions
 */
export async function openLedger(sink: Sink, object: string): Promise<void> {
  const key = ledgerKey(object);
  if ((await readDocument(sink, key, LedgerSchema)) !== null) return;
  let isUsed = false;
  for await (const _ of sink.list(objectFolder(object))) {
    isUsed = true;
    break;
  }
  // Read again: another planner may have created it before the listing.
  if ((await readDocument(sink, key, LedgerSchema)) !== null) return;
  if (isUsed) throw otherVersion(`${sink.url}/${objectFolder(object)}`, 1);
  await proveConditions(sink, object);
}

/** Creates the ledger, and sees that the store refuses what it must refuse: everything that is decided between processes rests on it. */
async function proveConditions(sink: Sink, object: string): Promise<void> {
  const key = ledgerKey(object);
  const created_at = (await sink.now()).toISOString();
  const isRefused = async (condition: Condition): Promise<boolean> => {
    try {
      await writeDocument(sink, key, LedgerSchema, { ...empty(object), created_at }, condition);
      return false;
    } catch (error) {
      if (!isConflict(error)) throw error;
      return true;
    }
  };
  if (!(await isRefused({ etag: '"0123456789abcdef0123456789abcdef"' }))) throw ignoresConditions(sink);
  // Another planner may come first here; and S3 also refuses a write while another one is under way, which may fail.
  await isRefused("absent");
  if ((await readDocument(sink, key, LedgerSchema)) === null) throw changesAllTheTime(sink, key);
  // The second time it must be refused either way.
  if (!(await isRefused("absent"))) throw ignoresConditions(sink);
}

function empty(object: string): Ledger {
  const never = new Date(0).toISOString();
  return { version: LEDGER_VERSION, object, created_at: never, seq: 1, columns: [], last_field_id: 0, last_planned_at: never };
}

/** What an object's ledger knows of field ids; of one that isn't there, nothing. */
export async function readLedger(sink: Sink, object: string): Promise<Ledger> {
  return (await readDocument(sink, ledgerKey(object), LedgerSchema)) ?? empty(object);
}

/** What a plan takes from its object's ledger. */
export interface Registered {
  readonly columns: Column[] | null;
  /** By the store's clock, and later than any plan of the object before, however close. */
  readonly plannedAt: Date;
}

/**
 * Registers a plan: its columns get their field ids, of several planners at once all give the same column the same id; and it gets its
 * place among the object's plans. Clocks of stores tell whole seconds, and which of two plans is the later one decides who lands.
 * @param pin gives ids by what was known before; null where the plan pins no columns
 */
export async function registerPlan(
  sink: Sink,
  object: string,
  pin: ((before: Ledger) => { readonly columns: Column[]; readonly last_field_id: number }) | null,
): Promise<Registered> {
  const storeTime = await sink.now();
  let registered: Registered = { columns: null, plannedAt: storeTime };
  await updateDocument(sink, ledgerKey(object), LedgerSchema, (found) => {
    const before = found?.value ?? empty(object);
    const plannedAt = new Date(Math.max(storeTime.getTime(), Date.parse(before.last_planned_at) + 1));
    const { columns, last_field_id } = pin?.(before) ?? { columns: null, last_field_id: before.last_field_id };
    registered = { columns, plannedAt };
    const names = new Set(columns?.map(({ name }) => name));
    const all = [...(columns ?? []), ...before.columns.filter(({ name }) => !names.has(name))];
    return { ...before, seq: before.seq + 1, columns: all, last_field_id, last_planned_at: plannedAt.toISOString() };
  });
  return registered;
}

function ignoresConditions(sink: Sink): BronzeError {
  return new BronzeError("SINK_INVALID", `${sink.url} ignores the conditions of writes (If-None-Match, If-Match)`, {
    hint: "Two processes would land over each other there. Use a store that keeps them; pg-bronze doctor shows what a store keeps.",
    context: { sink: sink.url },
  });
}
