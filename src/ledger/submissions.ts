import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { freeAfterMs } from "./claim-states.ts";
import { isConflict, readDocument, readVersioned, updateDocument, type Versioned, writeDocument } from "./document.ts";
import { Instant, RunName, Version } from "./fields.ts";
import { readFolder } from "./folder.ts";
import { submissionFolder, submissionKey } from "./paths.ts";

const HandleSchema = z.object({ size_class: z.string(), name: z.string(), id: z.string(), first_job: z.int().nonnegative() });

/**
 * `submissions/<n>.json`: what one submission hands to a submitter. Written before anything is submitted, so that a child finds its
 * shards in it by its size class and index, and so that whoever lost the engine's answer knows what to ask it for. One process at a time
 * hands it over: see {@link stageOf}.
 */
export const SubmissionSchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  number: z.int().positive(),
  /** Raised by every write, so that no two states are the same bytes. */
  seq: z.int().positive().default(1),
  /** The submitter's name: one of this version's, or one that only a newer version knows. */
  engine: z.string(),
  /** 1: somebody asked for it. One more for each time that whoever follows the run submitted what was worth another try. */
  round: z.int().positive().default(1),
  /** For each size class the shards of each job, in the order of the array's index. */
  groups: z.array(z.object({ size_class: z.string(), jobs: z.array(z.array(z.string()).min(1)).min(1) })),
  /** What the engine made of it, as far as it answered; several for one group where each job is submitted by itself, or one was made twice. */
  handles: z.array(HandleSchema),
  /** Who hands it over. The lease counts from when the store wrote the document. */
  holder: z
    .object({ owner: z.string(), token: z.string(), lease_ms: z.int().positive(), renewed_at: Instant })
    .nullable()
    .default(null),
  /** When the engine had taken all of it, by the store's clock. */
  handed_over_at: Instant.nullable().default(null),
  /** When somebody cancelled it: its jobs were told to end, and count for nothing any more. */
  cancelled_at: Instant.nullable().default(null),
  /** The job that lands the last shard leaves `current.json` as it is. */
  no_publish: z.literal(true).optional(),
  /** By the store's clock. */
  submitted_at: Instant,
  tool: z.string(),
});

export type Submission = z.infer<typeof SubmissionSchema>;
export type Handle = Submission["handles"][number];

/**
 * Where a submission stands, and what one who wants its run to go on does:
 *
 * | stage | the document says | a submitter |
 * |---|---|---|
 * | handing over | a holder, whose lease isn't over | waits |
 * | abandoned | a holder, whose lease is over | takes it, and submits what the engine doesn't have |
 * | interrupted | no holder, not handed over | takes it, the same |
 * | handed over | no holder, handed over | asks the engine; makes the next submission when all jobs have ended |
 * | cancelled | `cancelled_at` | makes the next submission |
 */
export type Stage = "handing over" | "abandoned" | "interrupted" | "handed over" | "cancelled";

/** @param leaseAgeMs since the document was last written, by the store's clock; matters only where it has a holder */
export function stageOf({ cancelled_at, holder, handed_over_at }: Submission, leaseAgeMs: number): Stage {
  if (cancelled_at !== null) return "cancelled";
  if (holder !== null) return leaseAgeMs > freeAfterMs(holder) ? "abandoned" : "handing over";
  return handed_over_at === null ? "interrupted" : "handed over";
}

/** Writes a submission under the next free number: for jobs that end with their submitter, of which any number may work on a run. */
export async function createSubmission(sink: Sink, submission: Omit<Submission, "number">): Promise<Submission> {
  const { object, run } = submission;
  for (let number = (await lastNumber(sink, object, run)) + 1; ; number++) {
    const numbered = { ...submission, number };
    try {
      await writeDocument(sink, submissionKey(object, run, number), SubmissionSchema, numbered, "absent");
      return numbered;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

/**
 * Writes a submission under its own number: whoever saw the one before come to its end decides what comes next, and of several the first.
 * @returns null when somebody else wrote it
 */
export async function createNext(sink: Sink, submission: Submission): Promise<Versioned<Submission> | null> {
  const key = submissionKey(submission.object, submission.run, submission.number);
  try {
    return await writeDocument(sink, key, SubmissionSchema, submission, "absent");
  } catch (error) {
    if (!isConflict(error)) throw error;
    // The write may be this one, whose first answer was lost.
    const found = await readVersioned(sink, key, SubmissionSchema);
    return found?.value.holder?.token === submission.holder?.token ? found : null;
  }
}

/** Adds what an engine made of a submission, whoever hands it over by now: a job that nobody knows of can't be followed or ended. */
export async function addHandles(
  sink: Sink,
  { object, run, number }: Submission,
  handles: readonly Handle[],
): Promise<Submission | null> {
  const changed = await updateDocument(sink, submissionKey(object, run, number), SubmissionSchema, (found) => {
    if (found === null) return null;
    const merged = mergeHandles(found.value.handles, handles);
    return merged.length === found.value.handles.length ? null : { ...found.value, seq: found.value.seq + 1, handles: merged };
  });
  return changed?.value ?? null;
}

/** Both, each job once, in the order of their groups' jobs. */
export function mergeHandles(before: readonly Handle[], more: readonly Handle[]): Handle[] {
  const known = new Set(before.map(({ id }) => id));
  const added = more.filter(({ id }) => !known.has(id) && known.add(id));
  return added.length === 0 ? [...before] : [...before, ...added].sort((a, b) => a.first_job - b.first_job);
}

/**
 * Records that the last submission of each engine was cancelled: whoever still hands it over learns it from there, and the next one may
 * come. Earlier ones had come to their end.
 */
export async function cancelSubmissions(sink: Sink, object: string, run: RunId): Promise<void> {
  const last = new Map((await readSubmissions(sink, object, run)).map((submission) => [submission.engine, submission]));
  const at = (await sink.now()).toISOString();
  for (const { number } of last.values()) {
    await updateDocument(sink, submissionKey(object, run, number), SubmissionSchema, (found) =>
      found === null || found.value.cancelled_at !== null
        ? null
        : { ...found.value, seq: found.value.seq + 1, holder: null, cancelled_at: at },
    );
  }
}

export function readSubmission(sink: Sink, object: string, run: RunId, number: number): Promise<Submission | null> {
  return readDocument(sink, submissionKey(object, run, number), SubmissionSchema);
}

/** In the order of time. */
export function readSubmissions(sink: Sink, object: string, run: RunId): Promise<Submission[]> {
  return readFolder(sink, submissionFolder(object, run), SubmissionSchema);
}

async function lastNumber(sink: Sink, object: string, run: RunId): Promise<number> {
  let last = 0;
  for await (const { key } of sink.list(submissionFolder(object, run))) {
    last = Math.max(last, Number(/(\d+)\.json$/.exec(key)?.[1] ?? 0));
  }
  return last;
}
