import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { childrenOf, parsePeakRss, parseStat, processTimes } from "../../../bench/measure/procfs.ts";

describe("what /proc tells of a process", () => {
  it("parses times, whatever the process is called", () => {
    const stat = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 99 1 1";
    assert.deepEqual(parseStat(stat), { parentPid: 7, ownMs: 2000, childrenMs: 500 });
  });

  it("parses the high-water mark of memory, which a zombie has not", () => {
    assert.equal(parsePeakRss("Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t  512 kB\nVmRSS:\t  100 kB\n"), 512 * 1024);
    assert.equal(parsePeakRss("Name:\tx\nState:\tZ (zombie)\n"), null);
  });

  it("tells nothing of a process that isn't there", () => {
    assert.equal(processTimes(2 ** 31 - 1), null);
    assert.deepEqual(childrenOf(2 ** 31 - 1), []);
  });
});
