import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { filesIn, makeVerse, type Verse } from "../support/verse.ts";

const DATE = ["--extract-date", "2026-11-30"];
const GEOIDS = ["48113", "48201", "48453"];

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
