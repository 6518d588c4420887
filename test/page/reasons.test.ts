import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Failure, groupFailures } from "../../src/page/reasons.ts";

const failure = (message: string, own: string[] = [], code = "TABLE_MISSING", retryable = false): Failure => ({
  error: { code, message, hint: null, retryable },
  own,
});

const countsOf = (failures: Failure[]) => groupFailures(failures).reasons.map(({ count }) => count);

describe("reasons of failures", () => {
  it("are one where messages differ in the shard's own words and in numbers", () => {
    const failures = [
      failure('relation "public.tx_travis" does not exist', ["48453", "tx_travis", "TX"]),
      failure('relation "public.oh_lake" does not exist', ["39085", "oh_lake", "OH"]),
      failure("null in 12 rows of oh_lake", ["oh_lake"], "NULL_KEY"),
      failure("null in 3 rows of tx_travis", ["tx_travis"], "NULL_KEY"),
      failure("null in 4 rows of tx_hays", ["tx_hays"], "NULL_KEY"),
    ];
    const { reasons, reasonOf } = groupFailures(failures);
    assert.deepEqual(
      reasons.map(({ code, count, message }) => [code, count, message]),
      [
        ["NULL_KEY", 3, "null in 12 rows of oh_lake"],
        ["TABLE_MISSING", 2, 'relation "public.tx_travis" does not exist'],
      ],
    );
    assert.deepEqual(reasonOf, [1, 1, 0, 0, 0]);
  });

  it("find a shard's words only where they stand alone", () => {
    assert.deepEqual(countsOf([failure("the connection ended", ["ct"]), failure("the connection ended", ["nn"])]), [2]);
  });

  it("take the shard's words as they are, not as patterns", () => {
    assert.deepEqual(countsOf([failure("no file a.b(c", ["a.b(c"]), failure("no file axb(c", ["a.b(c"])]), [1, 1]);
  });

  it("differ by code, and by whether a retry may help", () => {
    assert.deepEqual(countsOf([failure("x"), failure("x", [], "NULL_KEY"), failure("x", [], "NULL_KEY", true)]), [1, 1, 1]);
  });

  it("are none without failures", () => {
    assert.deepEqual(groupFailures([]), { reasons: [], reasonOf: [] });
  });
});
