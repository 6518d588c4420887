import { readDocument } from "../../src/ledger/document.ts";
import { LEDGER_FOLDER } from "../../src/ledger/paths.ts";
import { type Receipt, ReceiptSchema } from "../../src/ledger/receipts.ts";
import type { Sink } from "../../src/sink/sink.ts";

/** What landed in a sink since a moment, in the order in which it was finished. */
export async function landedSince(sink: Sink, since: Date): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for await (const { key } of sink.list(LEDGER_FOLDER)) {
    if (!/\/landed\/[^/]+\.json$/.test(key)) continue;
    const receipt = await readDocument(sink, key, ReceiptSchema);
    if (receipt !== null && new Date(receipt.finished_at) >= since) receipts.push(receipt);
  }
  return receipts.sort((one, other) => (one.finished_at < other.finished_at ? -1 : 1));
}
