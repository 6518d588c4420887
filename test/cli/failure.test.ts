import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeFailure, visible } from "../../src/cli/render/failure.ts";
import { bytes, count, duration, table } from "../../src/cli/render/format.ts";
import { BronzeError } from "../../src/model/errors.ts";

const OPTIONS = { debug: false, version: "1.2.3" };

describe("an error on the terminal", () => {
  const error = new BronzeError("COLUMN_MISSING", 'public.tx_travis has no column "ll_uuid"', {
    hint: "Did you mean ll_uid?",
    context: { table: "public.tx_travis", shard: "48453", sqlstate: null },
    cause: new Error("inner"),
  });

  it("says what, where and what to do, each fact once, and no stack", () => {
    assert.equal(
      describeFailure(error, OPTIONS),
      'error: public.tx_travis has no column "ll_uuid"\n  shard: 48453\n  sqlstate: null\nhint: Did you mean ll_uid?',
    );
  });

  it("shows causes and stacks when asked", () => {
    const text = describeFailure(error, { ...OPTIONS, debug: true });
    assert.match(text, /BronzeError: .*\n {4}at /);
    assert.match(text, /caused by Error: inner/);
  });

  it("calls a bug a bug, with its stack and the version", () => {
    const text = describeFailure(new TypeError("x is not a function"), OPTIONS);
    assert.match(text, /^bug: TypeError: x is not a function\nThis is a fault of pg-bronze 1\.2\.3/);
    assert.match(text, /\n {4}at /);
  });

  it("doesn't let a name move the cursor", () => {
    assert.equal(visible("a\u001b[2Jb\nc\u202e"), "a\\u001b[2Jb\\u000ac\\u202e");
  });
});

describe("figures for people", () => {
  it("have three digits at most and a unit", () => {
    assert.deepEqual([0, 999, 1000, 999_499, 999_500, 3_141_593, 12_000_000_000].map(bytes), [
      "0 B",
      "999 B",
      "1.0 kB",
      "999 kB",
      "1.0 MB",
      "3.1 MB",
      "12.0 GB",
    ]);
    assert.deepEqual([12, 3210, 725_000].map(duration), ["12 ms", "3.2 s", "12 min 5 s"]);
  });

  it("have commas between thousands, as en-US writes them", () => {
    for (const number of [0, 7, 999, 1000, 25_000, 999_999, 1_000_000, 9_007_199_254_740_991, -1, -1000, -100_000]) {
      assert.equal(count(number), number.toLocaleString("en-US"));
    }
  });

  it("stand in columns without borders", async () => {
    assert.equal(
      await table(
        [
          ["landed", "5", "x"],
          ["failed", "5,000", ""],
        ],
        [1],
      ),
      "landed      5  x\nfailed  5,000",
    );
  });
});
