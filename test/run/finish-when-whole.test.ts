import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readCurrent } from "../../src/ledger/current.ts";
import { createPlan, type RunPlan } from "../../src/ledger/plan.ts";
import { writeManifest } from "../../src/ledger/shards.ts";
import { finishWhenWhole } from "../../src/run/finish-when-whole.ts";
import { samplePlan } from "../support/batch-samples.ts";
import { manifest, OBJECT, temporarySink } from "../support/ledger-samples.ts";
import { filesIn, makeVerse, type Verse } from "../support/verse.ts";

const DATE = ["--extract-date", "2026-11-30"];
const GEOIDS = ["48113", "48201", "48453"];

describe("who lands the last shard of a run", () => {
  it("publishes it, and nobody before", async (t) => {
    const sink = await temporarySink(t);
    const { plan } = await createPlan(sink, samplePlan(GEOIDS, sink.url));
    for (const shard of GEOIDS) {
      assert.equal(await finishWhenWhole(sink, plan), null);
      await writeManifest(sink, { ...manifest, shard }, null);
    }
    const finished = await finishWhenWhole(sink, plan);
    assert.deepEqual([finished?.publication.move, finished?.summary.landed], ["first", 3]);
    assert.equal((await readCurrent(sink, OBJECT))?.run, plan.run);
  });

  it("may be two at once: one moves the pointer, the other finds it there", async (t) => {
    for (let round = 0; round < 10; round++) {
      const sink = await temporarySink(t);
      const { plan } = await createPlan(sink, samplePlan(GEOIDS, sink.url));
      await writeManifest(sink, { ...manifest, shard: GEOIDS[0]! }, null);
      const last = GEOIDS.slice(1).map(async (shard) => {
        await writeManifest(sink, { ...manifest, shard }, null);
        return finishWhenWhole(sink, plan);
      });
      const moves = (await Promise.all(last)).flatMap((finished) => finished?.publication.move ?? []);
      assert.ok(moves.includes("first") && moves.every((move) => move === "first" || move === "unchanged"), moves.join());
      assert.equal(moves.filter((move) => move === "first").length, 1);
      assert.deepEqual((await readCurrent(sink, OBJECT))?.landed, 3);
    }
  });

  it("leaves a run of which a row was rejected to people", async (t) => {
    const sink = await temporarySink(t);
    const rejected = [{ label: "row 17", error: "no table_name" }];
    const { plan } = await createPlan(sink, { ...samplePlan(GEOIDS, sink.url), rejected });
    for (const shard of GEOIDS) await writeManifest(sink, { ...manifest, shard }, null);
    assert.equal(await finishWhenWhole(sink, plan), null);
    assert.equal(await readCurrent(sink, OBJECT), null);
  });
});

describe("jobs of a run that nobody waits for", () => {
  let verse: Verse;
  before(async () => {
    verse = await makeVerse();
  });
  after(() => verse.drop());

  const planned = async (sink: string): Promise<RunPlan> => {
    const { stdout } = await verse.command(sink, ["plan", ...DATE, "--geoid", GEOIDS.join(), "--json"]);
    return (JSON.parse(stdout) as { plan: RunPlan }).plan;
  };
  const published = async (sink: string): Promise<boolean> => (await filesIn(sink)).some((file) => file.endsWith("current.json"));

  it("publish it when the last two land at once", async () => {
    const sink = await verse.sink();
    const { run } = await planned(sink);
    const job = (shard: string) => verse.command(sink, ["extract", "--json"], { RUN_ID: run, SHARD: shard });
    const first = await job("48113");
    assert.deepEqual([first.code, (JSON.parse(first.stdout) as { publication: unknown }).publication], [0, null]);
    assert.equal(await published(sink), false);
    const last = await Promise.all([job("48201"), job("48453")]);
    assert.deepEqual(
      last.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(await published(sink), true);
    assert.match(last.map(({ stderr }) => stderr).join(""), /"event":"published"/);
    const { stdout } = await verse.command(sink, ["status", run]);
    assert.match(stdout, /\(published\)/);
  });

  it("leave readers where they are when they are told so, and status says what to do", async () => {
    const sink = await verse.sink();
    const { run } = await planned(sink);
    const { code } = await verse.command(sink, ["extract"], { RUN_ID: run, SHARD: GEOIDS.join(), NO_PUBLISH: "1" });
    assert.equal(code, 0);
    assert.equal(await published(sink), false);
    const { stdout } = await verse.command(sink, ["status", run]);
    assert.match(stdout, new RegExp(`not published.*pg-bronze publish ${run}`));
    // A job that is started once more, after its container died on the way, makes up for it.
    assert.equal((await verse.command(sink, ["extract"], { RUN_ID: run, SHARD: "48113" })).code, 0);
    assert.equal(await published(sink), true);
  });

  it("fail, for good, when what they land can't be published, and say what to do", async () => {
    const sink = await verse.sink();
    const { run } = await planned(sink);
    const { writeFile, mkdir } = await import("node:fs/promises");
    await mkdir(new URL(`${sink}/_pg_bronze/object=parcel/`), { recursive: true });
    await writeFile(new URL(`${sink}/_pg_bronze/object=parcel/current.json`), "{");
    const { code, stderr } = await verse.command(sink, ["extract"], { RUN_ID: run, SHARD: GEOIDS.join() });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /can't be published: .*current\.json is not JSON/);
    assert.match(stderr, new RegExp(`pg-bronze publish ${run}`));
  });
});
