import assert from "node:assert/strict";
import { it } from "node:test";
import { checkNation } from "./check.ts";
import { dueAt, runNation } from "./nation.ts";

it("a schedule's event that is delivered twice is one run of the nation, whole and published, whatever dies on the way", async (t) => {
  const options = { counties: 100, connections: 4, seed: "some counties", due: [dueAt("2026-10-31")] };
  const nation = await runNation(options);
  checkNation(nation, options);
  assert.equal(nation.fates["out of memory"], 1);
  t.diagnostic(JSON.stringify(nation));
});
