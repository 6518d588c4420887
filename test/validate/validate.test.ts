import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { checksOf, type Sandbox, sandbox } from "./landed-file.ts";

describe("validate", () => {
  let box: Sandbox;
  before(async () => {
    box = await sandbox();
  });
  after(() => box.remove());

  it("passes every check on a shard as it landed", async () => {
    const path = await box.land();
    const { files, summary } = await box.validate([path]);
    assert.deepEqual(checksOf(files[0]!, "fail"), []);
    assert.equal(summary.passed, 1);
  });
});
