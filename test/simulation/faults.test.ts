import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULTS, SYNC_UNDER_LOCK } from "./faults.ts";
import { findFault, findOnSlowDisk } from "./find-fault.ts";
import { claimOnSlowDisk } from "./slow-disk.ts";

describe("a fault put back into the code", () => {
  for (const fault of FAULTS.filter(({ isRare }) => !isRare)) {
    it(`is found, of ${fault.name}: ${fault.about}`, async () => {
      assert.notEqual(await findFault(fault, { count: 5_000 }), null);
    });
  }
});

describe("a folder on a slow disk", () => {
  it("gives a key to one process, whichever sync is the slow one", async () => {
    const { broken, slow } = await claimOnSlowDisk();
    assert.equal(broken, null);
    assert.ok(slow > 0, "a claim syncs something");
  });

  it("gives a key to one process even where files are synced under the lock", async () => {
    assert.equal(await findOnSlowDisk(SYNC_UNDER_LOCK), null);
  });
});
