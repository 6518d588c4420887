import assert from "node:assert/strict";
import type { Nation, NationOptions } from "./nation.ts";

/** What must be true of a nation, whatever died on the way. */
export function checkNation(nation: Nation, { counties, connections, due }: NationOptions): void {
  const told = JSON.stringify(nation);
  assert.equal(nation.runsPlanned, due.length, told);
  nation.runs.forEach(({ snapshotDt, planned, landed, isPublished, messages }, i) => {
    assert.equal(snapshotDt, due[i]!.toISOString().slice(0, 10), told);
    assert.deepEqual([planned, landed, isPublished], [counties, counties, true], told);
    assert.deepEqual(
      messages.map(({ attributes }) => attributes),
      [{ object: "parcel", outcome: "whole" }],
      told,
    );
  });
  // Two of each event; the first one of each died once and was started again.
  assert.deepEqual(
    nation.dispatchers,
    due.flatMap(() => [
      { status: "SUCCEEDED", attempts: 2 },
      { status: "SUCCEEDED", attempts: 1 },
    ]),
    told,
  );
  assert.ok(nation.mostHeld <= connections, told);
  // Each dispatcher reads the lookup over a connection of its own.
  assert.ok(nation.mostSeen <= connections + 2, told);
}
