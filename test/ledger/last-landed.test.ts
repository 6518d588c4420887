import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLanding } from "../../src/ledger/claims.ts";
import { lastLanded } from "../../src/ledger/last-landed.ts";
import { runFolder } from "../../src/ledger/paths.ts";
import { parseRunId } from "../../src/model/ids.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { fakePlan } from "../support/fake-run.ts";
import { landThings } from "../support/things.ts";

const today = ["48113", "48201", "48453"].map((id) => ({ id, key: `things/${id}_2026-12-24.parquet` }));

/** As `gc` leaves an old run: its landing records stay. */
async function deleteRun(sink: Sink, run: string): Promise<void> {
  for await (const { key } of sink.list(runFolder("things", parseRunId(run)))) await sink.delete(key);
}

async function startOf(sink: Sink, id: string, day: string): Promise<string | undefined> {
  return (await readLanding(sink, "things", `things/${id}_${day}.parquet`))?.value.manifest?.started_at;
}

describe("when each shard landed last", () => {
  it("is told by the receipts of the newest run that landed it, and nothing is told of one that never did", async () => {
    const sink = openMemorySink();
    await landThings(sink, fakePlan("a", ["48113", "48201"], { day: "2026-01-01" }));
    await landThings(sink, fakePlan("b", ["48113"], { day: "2026-02-01" }));
    assert.deepEqual([...(await lastLanded(sink, "things", today))].sort(), [
      ["48113", await startOf(sink, "48113", "2026-02-01")],
      ["48201", await startOf(sink, "48201", "2026-01-01")],
    ]);
  });

  it("is still known of a shard whose runs gc deleted: its landing records tell, the newest of them", async () => {
    const sink = openMemorySink();
    await landThings(sink, fakePlan("a", ["48113", "48201"], { day: "2026-01-01" }));
    await landThings(sink, fakePlan("b", ["48201"], { day: "2026-02-01" }));
    await landThings(sink, fakePlan("c", ["48113"], { day: "2026-03-01" }));
    for (const run of ["a", "b"]) await deleteRun(sink, run);
    assert.deepEqual([...(await lastLanded(sink, "things", today))].sort(), [
      ["48113", await startOf(sink, "48113", "2026-03-01")],
      ["48201", await startOf(sink, "48201", "2026-02-01")],
    ]);
  });

  it("is read from no other shard's records", async () => {
    const sink = openMemorySink();
    await landThings(sink, fakePlan("a", ["48113", "48201"], { day: "2026-01-01" }));
    await deleteRun(sink, "a");
    const reads: string[] = [];
    const get = async (key: string) => {
      reads.push(key);
      return sink.get(key);
    };
    const counting: Sink = { ...sink, get };
    await lastLanded(counting, "things", today.slice(0, 1));
    assert.equal(reads.length, 1);
    assert.match(reads[0]!, /48113_2026-01-01/);
  });
});
