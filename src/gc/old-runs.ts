import { comparePlans } from "../ledger/age.ts";
import { isCurrent, readCurrent } from "../ledger/current.ts";
import { planKey, runFolder } from "../ledger/paths.ts";
import { readPlan } from "../ledger/plan.ts";
import { latestRun } from "../ledger/runs.ts";
import { parseRunId, type RunId } from "../model/ids.ts";
import type { ObjectInfo } from "../sink/sink.ts";
import { type Collection, DAY_MS } from "./contract.ts";
import { deletion } from "./deletion.ts";

/** Runs younger than this keep their documents, however many there are. */
const RUN_AGE_MS = 30 * DAY_MS;

interface PlannedRun {
  readonly run: RunId;
  /** When it was planned; of a run without a plan, when its newest document was written. */
  readonly planned_at: string;
}

/** Finds and deletes the documents of old runs. What they landed stays, with its manifests. @param busy runs that somebody works for */
export async function collectRuns(collection: Collection, busy: ReadonlySet<string>): Promise<void> {
  const { sink, object, startedAt, keepRuns, current } = collection;
  const runs = await plannedRuns(collection);
  const latest = await latestRun(sink, object);
  const newestFirst = runs.sort((a, b) => comparePlans(b, a));
  for (const { run, planned_at } of newestFirst.slice(keepRuns)) {
    const isYoung = startedAt.getTime() - Date.parse(planned_at) < RUN_AGE_MS;
    if (isYoung || run === latest || busy.has(run) || isCurrent(current, run)) continue;
    const documents = await documentsOf(collection, run);
    const bytes = documents.reduce((sum, document) => sum + document.bytes, 0);
    const reason = `planned ${planned_at.slice(0, 10)}, not published, and ${keepRuns} runs are newer: ${documents.length} documents`;
    await deletion(collection, { kind: "run", key: runFolder(object, run), bytes, reason }, () =>
      deleteDocuments(collection, run, documents),
    );
  }
}

async function plannedRuns(collection: Collection): Promise<PlannedRun[]> {
  const { sink, object, signal } = collection;
  const runs: PlannedRun[] = [];
  for (const name of collection.runs) {
    signal.throwIfAborted();
    const run = parseRunId(name);
    const plan = await readPlan(sink, object, run);
    const planned_at = plan?.planned_at ?? newest(await documentsOf(collection, run));
    runs.push({ run, planned_at });
  }
  return runs;
}

function newest(documents: readonly ObjectInfo[]): string {
  return new Date(Math.max(0, ...documents.map(({ modified }) => modified.getTime()))).toISOString();
}

async function documentsOf({ sink, object }: Collection, run: RunId): Promise<ObjectInfo[]> {
  const documents: ObjectInfo[] = [];
  for await (const info of sink.list(runFolder(object, run))) documents.push(info);
  return documents;
}

/** The plan goes last: what was interrupted is found again. A run that was taken up meanwhile keeps it. */
async function deleteDocuments(
  collection: Collection,
  run: RunId,
  documents: readonly ObjectInfo[],
): Promise<"deleted" | "kept"> {
  const { sink, object, signal } = collection;
  const plan = planKey(object, run);
  if (isCurrent(await readCurrent(sink, object), run)) return "kept";
  for (const { key, etag } of documents) {
    signal.throwIfAborted();
    if (key !== plan) await sink.delete(key, { condition: { etag } });
  }
  const left = await documentsOf(collection, run);
  if (left.some(({ key }) => key !== plan)) return "kept";
  for (const { key, etag } of left) await sink.delete(key, { condition: { etag } });
  return "deleted";
}
