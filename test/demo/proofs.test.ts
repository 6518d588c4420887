import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { showProofs } from "../../dev/demo/proofs.ts";
import type { Story } from "../../dev/demo/story.ts";
import { parseRunId } from "../../src/model/ids.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { manifest, OBJECT, published, writeLanded, writePublished } from "../support/ledger-samples.ts";
import { openLedger } from "../support/written-ledger.ts";

const RUN = parseRunId("2026-11-30-demo-060000");
const inRun = { ...manifest, run: RUN };
const started = new Date(Date.parse(manifest.finished_at) - 60_000);

async function provedLines(sink: Sink, isOwnSource = true): Promise<string> {
  const lines: string[] = [];
  const story: Pick<Story, "say"> = { say: (line = "") => void lines.push(line) };
  await showProofs(story, { sinkUrl: sink.url, run: RUN, started, isOwnSource });
  return lines.join("\n");
}

async function withLedger(work: (sink: Sink) => Promise<void>): Promise<void> {
  const { sink, remove } = await openLedger();
  try {
    await writePublished(sink, OBJECT, { ...published, run: RUN });
    await work(sink);
  } finally {
    await remove();
  }
}

describe("what the demo proves", () => {
  it("tells key, rows and checksum of what its run landed, and where current.json points", () =>
    withLedger(async (sink) => {
      await writeLanded(sink, inRun);
      const told = await provedLines(sink);
      assert.ok(told.includes(manifest.files[0]!.key) && told.includes(manifest.files[0]!.sha256), told);
      assert.match(told, new RegExp(`current\\.json points to run ${RUN}: 1 landed`));
      assert.doesNotMatch(told, /landed twice/);
    }));

  it("holds a county that landed twice to the same bytes", () =>
    withLedger(async (sink) => {
      await writeLanded(sink, manifest);
      await writeLanded(sink, inRun);
      assert.match(await provedLines(sink), /landed twice, alone and in the run: the same bytes/);
    }));

  it("fails when these bytes differ, unless somebody else may write to the source", () =>
    withLedger(async (sink) => {
      const files = manifest.files.map((file) => ({ ...file, sha256: "1".repeat(64) }));
      await writeLanded(sink, { ...manifest, files });
      await writeLanded(sink, inRun);
      await assert.rejects(provedLines(sink), /landed twice, and the bytes differ/);
      assert.match(await provedLines(sink, false), /its table changed in between/);
    }));

  it("fails when its run landed nothing", () =>
    withLedger(async (sink) => {
      await writeLanded(sink, manifest);
      await assert.rejects(provedLines(sink), new RegExp(`run ${RUN} landed nothing`));
    }));
});
