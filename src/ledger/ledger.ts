import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import type { Condition, Sink } from "../sink/sink.ts";
import { changesAllTheTime, isConflict, otherVersion, readDocument, updateDocument, writeDocument } from "./document.ts";
import { Instant, LEDGER_VERSION, Version } from "./fields.ts";
import { type Column, ColumnSchema } from "./manifest.ts";
import { ledgerKey, objectFolder } from "./paths.ts";

/** `ledger.json`: that an object's ledger is of this version, in a store that keeps conditions; and the field ids that were ever given. */
export const LedgerSchema = z.object({
  version: Version,
  object: z.string(),
  created_at: Instant,
  /** Raised by every write, so that no two states are the same bytes. */
  seq: z.int().positive(),
  /** Columns that the object ever had, each as it was planned last. */
  columns: z.array(ColumnSchema),
  last_field_id: z.int().nonnegative(),
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
  return { version: LEDGER_VERSION, object, created_at: new Date(0).toISOString(), seq: 1, columns: [], last_field_id: 0 };
}

/** What an object's ledger knows of field ids; of one that isn't there, nothing. */
export async function readLedger(sink: Sink, object: string): Promise<Ledger> {
  return (await readDocument(sink, ledgerKey(object), LedgerSchema)) ?? empty(object);
}

/**
 * Gives columns their field ids, and remembers them: of several planners at once, all give the same column the same id.
 * @param pin gives ids by what was known before
 */
export async function pinColumns(
  sink: Sink,
  object: string,
  pin: (before: Ledger) => { readonly columns: Column[]; readonly last_field_id: number },
): Promise<Column[]> {
  let pinned: Column[] = [];
  await updateDocument(sink, ledgerKey(object), LedgerSchema, (found) => {
    const before = found?.value ?? empty(object);
    const { columns, last_field_id } = pin(before);
    pinned = columns;
    const names = new Set(columns.map(({ name }) => name));
    const all = [...columns, ...before.columns.filter(({ name }) => !names.has(name))];
    const isKnown = last_field_id === before.last_field_id && isDeepStrictEqual(all, before.columns);
    return isKnown ? null : { ...before, seq: before.seq + 1, columns: all, last_field_id };
  });
  return pinned;
}

function ignoresConditions(sink: Sink): BronzeError {
  return new BronzeError("SINK_INVALID", `${sink.url} ignores the conditions of writes (If-None-Match, If-Match)`, {
    hint: "Two processes would land over each other there. Use a store that keeps them; pg-bronze doctor shows what a store keeps.",
    context: { sink: sink.url },
  });
}
