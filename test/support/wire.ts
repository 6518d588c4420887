import { buffer } from "node:stream/consumers";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { Fields } from "../../src/pgtypes/contract.ts";

export type Payload = Uint8Array | null;

/** Payloads as the fields of one column, each behind its length, as they lie in COPY tuples. */
export function toFields(payloads: readonly Payload[]): Fields {
  const bytes = new Uint8Array(payloads.reduce((sum, payload) => sum + 4 + (payload?.length ?? 0), 0));
  const view = new DataView(bytes.buffer);
  const starts = new Int32Array(payloads.length);
  let at = 0;
  payloads.forEach((payload, slot) => {
    view.setInt32(at, payload?.length ?? -1);
    at += 4;
    starts[slot] = payload === null ? -1 : at;
    if (payload === null) return;
    bytes.set(payload, at);
    at += payload.length;
  });
  const nullCount = payloads.filter((payload) => payload === null).length;
  return { bytes, view, starts, begin: 0, count: payloads.length, nullCount };
}

/** What `COPY (select) TO STDOUT (FORMAT binary)` sends, as one list of payloads for each of its columns. */
export async function copyPayloads(client: pg.Client, select: string): Promise<Payload[][]> {
  const file = await buffer(client.query(copyTo(`COPY (${select}) TO STDOUT (FORMAT binary)`)));
  const columns: Payload[][] = [];
  // 11 bytes of signature, 4 of flags, 4 that tell the length of an extension.
  let at = 19 + file.readInt32BE(15);
  for (let fields = file.readInt16BE(at); fields !== -1; fields = file.readInt16BE(at)) {
    at += 2;
    for (let i = 0; i < fields; i++) {
      const length = file.readInt32BE(at);
      at += 4;
      columns[i] ??= [];
      columns[i]!.push(length === -1 ? null : file.subarray(at, at + length));
      at += Math.max(0, length);
    }
  }
  return columns;
}
