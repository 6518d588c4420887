import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { maxAgeDays } from "../../infra/lib/cadence.ts";

describe("what readers see is too old", () => {
  for (const [cadence, days] of [
    ["cron(0 6 1 * ? *)", 35],
    ["cron(0 6 ? * SUN *)", 8],
    ["cron(0 6 ? * MON-FRI *)", 8],
    ["cron(0 6 * * ? *)", 2],
    ["cron(0 6 1 1/3 ? *)", 403],
    ["rate(7 days)", 8],
    ["rate(1 day)", 2],
    ["rate(12 hours)", 1],
  ] as const) {
    it(`after ${days} days of ${cadence}`, () => assert.equal(maxAgeDays(cadence), days));
  }

  it("can't be said of what is no schedule", () => {
    for (const cadence of ["weekly", "cron(0 6 1 * ?)", "rate(7)"]) assert.throws(() => maxAgeDays(cadence), /is no schedule/);
  });
});
