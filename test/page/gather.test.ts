import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseRunId, parseSnapshotDate } from "../../src/model/ids.ts";
import { gatherReport } from "../../src/page/gather.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { published, writePublished } from "../support/ledger-samples.ts";
import { counties, countyShards, NOW, openLedger, type ShardStory, writeRun } from "../support/written-ledger.ts";

const TEXAS = counties(["tx"]).slice(0, 6);
const FATES = [
  "landed",
  "running",
  "lost",
  "missing",
  { code: "NULL_KEY", message: "a null", retryable: false },
  "landed",
] as const;
const VERSE: ShardStory = {
  id: "verse",
  values: {},
  source: { kind: "query", sql: "SELECT 1" },
  fate: "landed",
  rows: 3222,
  startMs: NOW.getTime() - 9000,
  durationMs: 4000,
};

let sink: Sink;
let remove: () => Promise<void>;
before(async () => {
  ({ sink, remove } = await openLedger());
  const run = (name: string, snapshotDt: string, shards: readonly ShardStory[]) =>
    writeRun(sink, { object: "parcel", run: name, snapshotDt, shards });
  // Names that don't sort as their snapshots do.
  await run(
    "zz-oldest",
    "2026-09-30",
    countyShards(TEXAS.slice(0, 1), () => "landed"),
  );
  await run(
    "aa-before",
    "2026-10-31",
    countyShards(TEXAS.slice(0, 3), () => "landed"),
  );
  await run(
    "mm-elsewhere",
    "2026-11-15",
    countyShards(counties(["ri"]), () => "landed"),
  );
  await run(
    "nn-nothing-landed",
    "2026-11-20",
    countyShards(TEXAS, () => "missing"),
  );
  await writeRun(sink, {
    object: "parcel",
    run: "zzz-now",
    snapshotDt: "2026-11-30",
    shards: countyShards(TEXAS, (_, index) => FATES[index]!, 3, 1.2),
    rejected: [{ label: "26163", error: "filename_stem is null" }],
  });
  await writeRun(sink, { object: "verse", run: "v1", snapshotDt: "2026-11-30", shards: [VERSE] });
});
after(() => remove());

const NOW_RUN = parseRunId("zzz-now");

describe("what a report shows", () => {
  it("is every shard of the plan with its status, then the rows that were rejected", async () => {
    const { shards } = await gatherReport(sink, "parcel", NOW_RUN);
    assert.deepEqual(shards.status, ["landed", "running", "lost", "missing", "failed", "landed", "rejected"]);
    assert.deepEqual(shards.geoid, [...TEXAS.map(({ geoid }) => geoid), "26163"]);
    assert.deepEqual(shards.state, [...TEXAS.map(() => "tx"), null]);
    assert.equal(shards.source[0], `public.${TEXAS[0]!.tableName}`);
    for (const column of Object.values(shards)) assert.equal(column.length, 7);
  });

  it("has figures only where something landed, and an end only where something ended", async () => {
    const { shards } = await gatherReport(sink, "parcel", NOW_RUN);
    assert.deepEqual(
      shards.rows.map((rows) => rows !== null),
      [true, false, false, false, false, true, false],
    );
    assert.deepEqual(
      shards.startedAt.map((at) => at !== null),
      [true, true, true, false, true, true, false],
    );
    assert.deepEqual(
      shards.endedAt.map((at) => at !== null),
      [true, false, false, false, true, true, false],
    );
  });

  it("gives the reasons of failures and of rejected rows", async () => {
    const { reasons, shards } = await gatherReport(sink, "parcel", NOW_RUN);
    assert.deepEqual(
      reasons.map(({ code, message, count }) => [code, message, count]),
      [
        ["NULL_KEY", "a null", 1],
        ["REJECTED", "filename_stem is null", 1],
      ],
    );
    assert.deepEqual(shards.reason, [null, null, null, null, 0, null, 1]);
    assert.equal(shards.message[4], "a null");
  });

  it("compares with the newest earlier run that landed one of the shards", async () => {
    const { previous, shards } = await gatherReport(sink, "parcel", NOW_RUN);
    assert.deepEqual(previous, { run: "aa-before", snapshotDt: "2026-10-31" });
    assert.deepEqual(shards.rowsBefore, TEXAS.map(({ parcels }, index) => (index < 3 ? parcels : null)).concat(null));
  });

  it("compares with nothing where there was no run before", async () => {
    const { previous, shards } = await gatherReport(sink, "parcel", parseRunId("zz-oldest"));
    assert.deepEqual([previous, shards.rowsBefore], [null, [null]]);
  });

  it("is of the latest run when none is named", async () => {
    assert.equal((await gatherReport(sink, "parcel", null)).run, "zzz-now");
  });

  it("says which run readers are pointed to", async () => {
    assert.equal((await gatherReport(sink, "parcel", NOW_RUN)).published, null);
    const before = { ...published, run: parseRunId("aa-before"), snapshot_dt: parseSnapshotDate("2026-10-31") };
    await writePublished(sink, "parcel", before);
    const shown = (await gatherReport(sink, "parcel", NOW_RUN)).published;
    assert.deepEqual(shown, { run: "aa-before", snapshotDt: "2026-10-31" });
  });

  it("of a single table has no county", async () => {
    const { shards } = await gatherReport(sink, "verse", null);
    assert.deepEqual([shards.id, shards.geoid, shards.rows, shards.source], [["verse"], [null], [3222], ["query"]]);
  });

  for (const [object, run, message] of [
    ["parcel", parseRunId("none"), /^parcel has no run none in file:/],
    ["address", null, /^address has no run in file:/],
  ] as const) {
    it(`fails for ${object} ${run ?? "without a run"}`, async () => {
      await assert.rejects(gatherReport(sink, object, run), { code: "USAGE", message });
    });
  }
});
