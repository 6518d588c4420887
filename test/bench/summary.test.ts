import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Sample, Series } from "../../bench/rounds.ts";
import { summarise } from "../../bench/summary.ts";

const sample = (wallMs: number, clientCpuMs: number, serverCpuMs: number | null, peakRssBytes = 1): Sample => ({
  ...{ wallMs, clientCpuMs, serverCpuMs, peakRssBytes },
  fileBytes: null,
  rows: null,
});

function series(name: string, kind: "raw" | "ours" | "peer", samples: (Sample | null)[]): Series {
  const prepare = (): never => assert.fail("nothing is run here");
  return { contender: { name, kind, about: "", prepare }, samples, failure: null, keptFile: null };
}

describe("the summary of all rounds", () => {
  const raw = series("raw-copy", "raw", [sample(100, 10, 90), sample(200, 10, 190)]);
  const mine = series("ours", "ours", [sample(150, 60, 90, 7), sample(220, 70, 130, 5)]);
  const peer = series("duckdb", "peer", [sample(300, 200, 100), null]);
  const [, own] = summarise([raw, mine, peer], new Map());

  it("has ratios to raw COPY and to each peer, but not to ourselves", () => {
    assert.deepEqual(Object.keys(own!.ratios), ["raw-copy", "duckdb"]);
    assert.equal(own!.ratios["raw-copy"]!.wall, (1.5 + 1.1) / 2);
    assert.equal(own!.ratios["raw-copy"]!.cpu, (1.5 + 1) / 2);
    assert.equal(own!.ratios["duckdb"]!.cpu, 0.5);
  });

  it("has the largest peak of memory, and the smallest times beside the medians", () => {
    assert.equal(own!.peakRssBytes, 7);
    assert.deepEqual(own!.clientCpuMs, { median: 65, minimum: 60 });
  });

  it("has no ratio of CPU time where the server's is not known", () => {
    const blind = series("ours", "ours", [sample(150, 60, null), sample(220, 70, null)]);
    const [, summary] = summarise([raw, blind], new Map());
    assert.equal(summary!.ratios["raw-copy"]!.cpu, null);
    assert.deepEqual(summary!.serverCpuMs, { median: null, minimum: null });
    assert.equal(summary!.ratios["raw-copy"]!.clientCpu, 6.5);
  });
});
