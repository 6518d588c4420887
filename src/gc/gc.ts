import type { ObjectConfig } from "../config/object-config.ts";
import { readCurrent } from "../ledger/current.ts";
import { readDocument } from "../ledger/document.ts";
import { LedgerSchema } from "../ledger/ledger.ts";
import { ledgerKey } from "../ledger/paths.ts";
import { listObjects, listRuns } from "../ledger/runs.ts";
import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import type { Collection, GcOptions } from "./contract.ts";
import { collectRuns } from "./old-runs.ts";
import { collectOrphans } from "./orphans.ts";
import { surveyRecords } from "./records.ts";
import { type GcReport, Tally } from "./report.ts";

/**
 * Finds what no manifest vouches for, and deletes it if it is asked to: every deletion is conditional on what was found, and an object is
 * deleted under the claim of its key. See docs/landing.md. Memory is 8 bytes for each landed file, the report's items, and one run's plan.
 * @throws BronzeError USAGE where the object has no ledger; what of it is damaged or of another version, since it may vouch for anything
 */
export async function collectGarbage(sink: Sink, config: ObjectConfig, options: GcOptions): Promise<GcReport> {
  const { object } = config;
  const ledger = await readDocument(sink, ledgerKey(object), LedgerSchema);
  if (ledger === null) throw noLedger(sink, object);
  const collection: Collection = {
    ...options,
    sink,
    config,
    object,
    objects: await listObjects(sink),
    startedAt: await sink.now(),
    createdAt: new Date(ledger.created_at),
    current: await readCurrent(sink, object),
    runs: new Set(await listRuns(sink, object)),
    tally: new Tally(),
  };
  const named = await surveyRecords(collection);
  await collectOrphans(collection, named);
  await collectRuns(collection, named.runs);
  return collection.tally.report();
}

function noLedger(sink: Sink, object: string): BronzeError {
  return new BronzeError("USAGE", `${object} has no ledger in ${sink.url}`, {
    hint: "Without a ledger nothing says which objects are needed. Name object and sink with --object and --sink.",
    context: { object },
  });
}
