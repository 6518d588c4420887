import { isConflict } from "../ledger/document.ts";
import { BronzeError } from "../model/errors.ts";
import type { Collection } from "./contract.ts";
import type { Item } from "./report.ts";

/**
 * Deletes one thing, if the collection deletes, and tallies it. A failure is told and doesn't end the collection.
 * @param work deletes it on condition; `kept` when it is no longer what was found
 */
export async function deletion(
  collection: Collection,
  item: Pick<Item, "kind" | "key" | "bytes" | "reason">,
  work: () => Promise<"deleted" | "kept">,
): Promise<void> {
  const { tally, signal, foreign } = collection;
  signal.throwIfAborted();
  if (!collection.delete || (item.kind === "foreign" && !foreign)) {
    tally.add({ ...item, outcome: "found", error: null });
    return;
  }
  try {
    tally.add({ ...item, outcome: await work(), error: null });
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
    if (isConflict(error)) tally.add({ ...item, outcome: "kept", error: null });
    else tally.add({ ...item, outcome: "failed", error: { code: error.code, message: error.message } });
  }
}
