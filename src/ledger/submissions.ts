import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { isConflict, readDocument, writeDocument } from "./document.ts";
import { Instant, RunName, Version } from "./fields.ts";
import { readFolder } from "./folder.ts";
import { submissionFolder, submissionKey } from "./paths.ts";

/**
 * `submissions/<n>.json`: what one submission hands to a submitter. Written before anything is submitted, so that a child finds its
 * shards in it by its size class and index, and so that whoever lost the engine's answer knows what to ask it for.
 */
export const SubmissionSchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  number: z.int().positive(),
  /** The submitter's name: one of this version's, or one that only a newer version knows. */
  engine: z.string(),
  /** For each size class the shards of each job, in the order of the array's index. */
  groups: z.array(z.object({ size_class: z.string(), jobs: z.array(z.array(z.string()).min(1)).min(1) })),
  /** What the engine made of it, once it answered; several for one group where each job is submitted by itself. */
  handles: z.array(z.object({ size_class: z.string(), name: z.string(), id: z.string(), first_job: z.int().nonnegative() })),
  /** The job that lands the last shard leaves `current.json` as it is. */
  no_publish: z.literal(true).optional(),
  submitted_at: Instant,
  tool: z.string(),
});

export type Submission = z.infer<typeof SubmissionSchema>;

/** Writes a submission under the next free number. */
export async function createSubmission(sink: Sink, submission: Omit<Submission, "number">): Promise<Submission> {
  const { run } = submission;
  for (let number = (await lastNumber(sink, submission.object, run)) + 1; ; number++) {
    const numbered = { ...submission, number };
    try {
      await writeDocument(sink, submissionKey(submission.object, run, number), SubmissionSchema, numbered, "absent");
      return numbered;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

/** Records what the engine answered. Only who created the submission does so. */
export async function updateSubmission(sink: Sink, submission: Submission): Promise<void> {
  const key = submissionKey(submission.object, submission.run, submission.number);
  await writeDocument(sink, key, SubmissionSchema, submission);
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
