import pLimit from "p-limit";
import type { ExtractEvents, ExtractRequest, ExtractResult } from "../extract/contract.ts";
import { openJobSource, sourceAccess } from "../extract/shard-source.ts";
import { BronzeError } from "../model/errors.ts";
import type { SnapshotInfo } from "../source/contract.ts";
import { runExtract } from "./extract.ts";

/** How one of several extracts ended: with outcomes, or before there could be any. */
export type ExtractEnd = { readonly request: ExtractRequest } & (
  | { readonly result: ExtractResult }
  | { readonly error: BronzeError }
);

export interface ExtractEachOptions {
  /** Extracts at once. */
  readonly jobs: number;
  /** Read all of them in one snapshot: they have the same source. */
  readonly oneSnapshot: boolean;
}

/**
 * Runs several extracts side by side. One that fails doesn't stop the others.
 * @returns in the order of the requests
 * @throws BronzeError CANCELLED when the signal aborted, after all have stopped; what `oneSnapshot` meets at the source
 */
export async function extractEach(
  requests: readonly ExtractRequest[],
  { jobs, oneSnapshot }: ExtractEachOptions,
  events: ExtractEvents,
): Promise<ExtractEnd[]> {
  const limit = pLimit(jobs);
  const all = (snapshot?: SnapshotInfo) =>
    Promise.allSettled(requests.map((request) => limit(() => extractOne({ ...request, snapshot }, events))));
  const [first] = requests;
  const settled = first === undefined ? [] : oneSnapshot && !first.dryRun ? await inOneSnapshot(first, all) : await all();
  return settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

async function extractOne(request: ExtractRequest, events: ExtractEvents): Promise<ExtractEnd> {
  try {
    request.signal.throwIfAborted();
    return { request, result: await runExtract(request, events) };
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
    return { request, error };
  }
}

/** Lends out a snapshot of the source, which lives until the work is done: its session is idle for as long as that takes. */
async function inOneSnapshot<T>(request: ExtractRequest, work: (snapshot: SnapshotInfo) => Promise<T>): Promise<T> {
  const access = sourceAccess(request);
  const patient = { ...access.config.source, idle_in_transaction_timeout_ms: 0 };
  const source = await openJobSource("snapshot", { ...access, config: { ...access.config, source: patient } });
  try {
    const snapshot = await source.beginSnapshot();
    if (!snapshot.exported) {
      throw new BronzeError("CONFIG_INVALID", "Tables can't be read in one snapshot: the server exports none to other sessions", {
        hint: "Leave out --one-snapshot, or connect to the server itself, and not through a pooler.",
      });
    }
    return await work(snapshot);
  } finally {
    await source.close();
  }
}
