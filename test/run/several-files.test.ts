import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readLanding } from "../../src/ledger/claims.ts";
import { createPlan } from "../../src/ledger/plan.ts";
import { readReceipts } from "../../src/ledger/receipts.ts";
import { runStatus } from "../../src/ledger/status.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { checkObjects, type ObjectCheck } from "../../src/run/check-objects.ts";
import { landClaimed } from "../../src/run/land-claimed.ts";
import type { RunContext } from "../../src/run/run-context.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { type FakeRun, fakePlan, fakeRun, shardNamed } from "../support/fake-run.ts";
import { gatedSink } from "../support/gated-sink.ts";
import { openBucket } from "../support/s3-place.ts";

const FIRST = fakePlan("2026-11-30-a", ["48113"]);
const SECOND = fakePlan("2026-11-30-b", ["48113"], { minute: 5 });
const SHARD = shardNamed(FIRST, "48113");
const [A, B] = ["_a", "_b"].map((part) => SHARD.key.replace(".parquet", `${part}.parquet`)) as [string, string];

/** A run whose shards land as two files each, as chunks of one table do. */
function inTwoFiles(sink: Sink, run: FakeRun): RunContext {
  const context = fakeRun(sink, run);
  return {
    ...context,
    prepare: async (shard, attempt) => {
      const [a, b] = [await context.prepare({ ...shard, key: A }, attempt), await context.prepare({ ...shard, key: B }, attempt)];
      const { rows, bytes } = a.draft;
      return { files: [...a.files, ...b.files], draft: { ...a.draft, rows: rows * 2, bytes: bytes * 2 } };
    },
  };
}

async function land(sink: Sink, plan: typeof FIRST, rows: string) {
  return landClaimed(shardNamed(plan, "48113"), inTwoFiles(sink, { plan, rows: () => rows }));
}

async function check(sink: Sink): Promise<ObjectCheck> {
  const { shards } = (await runStatus(sink, FIRST.object, FIRST.run))!;
  return checkObjects(sink, FIRST.object, shards);
}

interface Place {
  readonly sink: Sink;
  close(): Promise<void>;
}

async function openFolder(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "several-files-"));
  return { sink: openFileSink(folder), close: () => rm(folder, { recursive: true }) };
}

for (const [name, open] of [
  ["a folder", openFolder],
  ["S3", openBucket],
] as const) {
  describe(`a shard of several files, in ${name}`, () => {
    let place: Place;
    before(async () => {
      place = await open();
    });
    after(() => place.close());

    const begin = async (): Promise<void> => {
      for await (const { key } of place.sink.list("")) await place.sink.delete(key);
      for (const plan of [FIRST, SECOND]) await createPlan(place.sink, plan);
    };
    const recordOf = async () => (await readLanding(place.sink, FIRST.object, SHARD.key))!.value;

    it("is vouched for file by file: each has its own size, etag and token", async () => {
      await begin();
      const { sink } = place;
      assert.equal((await land(sink, FIRST, "abc")).outcome, "landed");
      const { manifest } = await recordOf();
      for (const [i, key] of [A, B].entries()) {
        const { bytes, etag, token } = manifest!.files[i]!;
        assert.deepEqual(await sink.head(key).then((info) => [info?.bytes, info?.etag, info?.token]), [bytes, etag, token]);
      }
      const [receipt] = await readReceipts(sink, FIRST.object, FIRST.run);
      assert.deepEqual(receipt !== undefined && "value" in receipt && receipt.value.files.map(({ key }) => key), [A, B]);
      assert.deepEqual(await check(sink), { checked: 2, findings: [] });
      await sink.put(B, Buffer.from("something else"));
      assert.deepEqual(
        (await check(sink)).findings.map(({ key, how }) => [key, how]),
        [[B, "has 14 bytes, not 15"]],
      );
    });

    it("names both in an intent before the first is replaced; when the second fails the next landing replaces them all", async () => {
      await begin();
      const { sink } = place;
      await land(sink, FIRST, "abc");
      const failing = gatedSink(sink);
      failing.before = ({ operation, key }) => {
        if (operation === "publish" && key === B) throw new BronzeError("SINK_DENIED", "not this one");
      };
      assert.equal((await land(failing, SECOND, "xyz!")).outcome, "failed");
      const { manifest, intents } = await recordOf();
      assert.equal(manifest?.run, FIRST.run);
      assert.deepEqual(
        intents.map(({ base, manifest: { run } }) => [run, base]),
        [[SECOND.run, { [A]: manifest!.files[0]!.etag, [B]: manifest!.files[1]!.etag }]],
      );
      assert.equal((await sink.head(A))?.token, intents[0]!.manifest.files[0]!.token);
      assert.equal((await sink.head(B))?.token, manifest!.files[1]!.token);
      assert.deepEqual(
        (await check(sink)).findings.map(({ key, how }) => [key, how]),
        [[A, `was replaced by run ${SECOND.run}, whose landing never ended`]],
      );

      assert.equal((await land(sink, SECOND, "xyz!")).outcome, "landed");
      const after = (await recordOf()).manifest!;
      assert.equal(after.run, SECOND.run);
      for (const { key, etag, token } of after.files)
        assert.deepEqual(await sink.head(key).then((info) => [info?.etag, info?.token]), [etag, token]);
      assert.deepEqual((await check(sink)).findings, []);
    });

    it("lands over an object that another program put in the place of its second file, and knows the first for its own", async () => {
      await begin();
      const { sink } = place;
      const raced = gatedSink(sink);
      raced.after = async ({ operation, key }) => {
        if (operation === "publish" && key === A) await sink.put(B, Buffer.from("a stranger's"));
      };
      assert.equal((await land(raced, FIRST, "abc")).outcome, "landed");
      assert.deepEqual(
        raced.made.filter((made) => made.startsWith("publish")),
        [`publish ${A}`, `publish ${B}`, `publish ${B}`],
      );
      assert.deepEqual(await check(sink), { checked: 2, findings: [] });
    });
  });
}
