import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderSection } from "../../../bench/report/section.ts";
import { type Target, targetSection, verdictOf } from "../../../bench/report/target.ts";

const target = (measured: number | null, judged = true): Target => ({
  what: "peak RSS",
  limit: 256,
  measured,
  unit: "MiB",
  judged,
});

describe("targets", () => {
  for (const [measured, judged, verdict] of [
    [255.9, true, "met"],
    [256, true, "met"],
    [256.1, true, "missed"],
    [100, false, "not judged"],
    [null, true, "not judged"],
  ] as const) {
    it(`${measured} of 256, ${judged ? "at full size" : "on fewer rows"}: ${verdict}`, () => {
      assert.equal(verdictOf(target(measured, judged)), verdict);
    });
  }

  it("show what was measured even where it is not judged", () => {
    const text = renderSection(targetSection([target(300, false), target(null)]));
    assert.match(text, /\| peak RSS \| ≤ 256 MiB \| +300 MiB \| not judged \|/);
    assert.match(text, /\| peak RSS \| ≤ 256 MiB \| +– \| not judged \|/);
    assert.match(text, /fewer rows/);
  });
});
