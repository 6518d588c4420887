import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulate } from "./landing/scenario.ts";
import { runSeeds } from "./run-seeds.ts";

/** What must come to pass in some hundred worlds, or they prove nothing. */
const PLACES: readonly (readonly [what: string, line: RegExp])[] = [
  ["processes are killed", / is killed$/],
  ["processes are stalled", / is stalled for /],
  ["machines sleep", / sleeps for /],
  ["clocks are wrong", / starts, its clock .* off$/],
  ["requests are lost", /: the request is lost$/],
  ["answers are lost", /, and the answer is lost$/],
  ["data arrives after it was given up", /store .* PUT data\/.* arrives: e\d+$/],
  ["data arrives twice", /PUT data\/.* arrives once more: e\d+$/],
  ["data meets another object than it knew", /PUT data\/.* → 412$/],
  ["reads fail", / says .* failed: the connection broke| tries .* again, attempt \d, after: the connection broke/],
  ["holders lose their key", /no longer holds shard .*: another process took it over/],
  ["holders stop by themselves", /no longer holds shard .*: its lease ended/],
  ["runs replace what others landed", / is about to replace what run-\d landed/],
  ["runs are superseded", / says \w+ superseded$/],
  ["runs are cancelled while they land", / cancelled run-\d; under way were: \w/],
  ["runs are published", / says run-\d is published$/],
  ["published runs keep others out", / belongs to the published run /],
  ["publications wait for others", / didn't publish: .* may land shard /],
  ["publications look again", /PUT .*current\.json .* → 412$/],
  ["gc finds orphans", /gc.* collected data\/.*: deleted/],
  ["gc leaves what somebody began to use", /gc.* collected .*: kept/],
];

describe("the landing protocol in simulated worlds", () => {
  it("keeps its invariants over two thousand schedules", async () => {
    const { found, schedules } = await runSeeds({ from: 0, count: 2_000 });
    const broken = found.map(({ seed, message }) => `npm run simulate -- --seed ${seed} shows how: ${message}`);
    assert.deepEqual(broken, []);
    assert.equal(schedules, 2_000);
  });

  it("gets everywhere", async () => {
    const open = new Map(PLACES);
    for (let seed = 10_000; seed < 11_000 && open.size > 0; seed++) {
      const story: string[] = [];
      await simulate(seed, story);
      for (const [what, line] of open) if (story.some((told) => line.test(told))) open.delete(what);
    }
    assert.deepEqual([...open.keys()], []);
  });

  it("has one history for each seed", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const [first, second]: [string[], string[]] = [[], []];
      await simulate(seed, first);
      await simulate(seed, second);
      assert.deepEqual(second, first);
    }
  });
});
