import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { createSubmission } from "../../src/ledger/submissions.ts";
import { parseShardId } from "../../src/model/ids.ts";
import { newSubmission } from "../../src/run/start-submission.ts";
import { openSink } from "../../src/sink/open.ts";
import { type BatchVerse, COUNTIES, makeBatchVerse } from "../support/batch-verse.ts";

const TEXAS = COUNTIES.filter(({ state }) => state === "tx").map(({ geoid }) => geoid);

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

describe("the S3 requests of one county", () => {
  let verse: BatchVerse;
  before(async () => {
    verse = await makeBatchVerse();
  });
  after(() => verse.close());

  /** Operation → requests of whatever `work` sends. */
  async function counted(work: () => Promise<{ code: number | null; stderr: string }>): Promise<Record<string, number>> {
    const before = verse.s3.requests.length;
    const { code, stderr } = await work();
    assert.equal(code, 0, stderr);
    const counts: Record<string, number> = {};
    for (const { operation } of verse.s3.requests.slice(before)) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  it("are as many as the README says, from the start of its job to its end", async (t) => {
    const args = ["plan", "--state", "TX", "--extract-date", "2026-11-30", "--json"];
    const { stdout } = await verse.command("pg-bronze", args);
    const { plan } = JSON.parse(stdout) as { plan: RunPlan };
    const { endpoint, credentials } = verse.s3;
    const sink = await openSink("s3://bronze", { endpoint, credentials, region: "us-east-2" });
    const shards = TEXAS.map((geoid) => ({ id: parseShardId(geoid), size_class: "small" }));
    const submission = await newSubmission(sink, plan, { engine: "batch", number: 1, shards });
    await createSubmission(sink, { ...submission, holder: null });
    await sink.close();
    const job = (index: number) =>
      counted(() =>
        verse.command("pg-bronze", ["extract"], {
          RUN_ID: plan.run,
          SUBMISSION: "1",
          SIZE_CLASS: "small",
          AWS_BATCH_JOB_ARRAY_INDEX: String(index),
        }),
      );
    const first = await job(0);
    // plan, submission, stop, footer · manifest, data · claim, data, manifest, claim's end · what has landed
    assert.deepEqual(first, { GetObject: 5, PutObject: 4, ListObjectsV2: 1 });
    const again = await job(0);
    t.diagnostic(`one that has landed: ${JSON.stringify(again)}`);
    assert.ok(sum(again) <= 6, JSON.stringify(again));
    for (const index of [1, 2, 3]) await job(index);
    const last = await job(4);
    t.diagnostic(`the last of five, which publishes: ${JSON.stringify(last)}`);
    // It reads each manifest and claim once, and what else a publication takes.
    assert.ok(sum(last) <= sum(first) + 2 * TEXAS.length + 10, JSON.stringify(last));
  });
});
