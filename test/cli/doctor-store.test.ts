import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createDoctor } from "../../src/cli/commands/doctor/check.ts";
import { checkStore, PROBE_PART_BYTES } from "../../src/cli/commands/doctor/store.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Condition, ObjectWriter, Sink } from "../../src/sink/sink.ts";
import { openBucket } from "../support/s3-place.ts";

const KEEPS = ["conditions of the sink", "tokens in the sink", "large objects in the sink", "deletion on condition"];

async function examine(sink: Sink, checksums: "crc32" | "none" = "crc32") {
  const doctor = createDoctor(() => {});
  await checkStore(doctor, sink, "data/doctor", { checksums });
  return doctor.findings;
}

const whole = openMemorySink();

function publishing(change: (condition: Condition | undefined) => Condition | undefined): Sink["create"] {
  return async (key, options) => {
    const writer = await whole.create(key, options);
    return { ...writer, publish: (condition) => writer.publish(change(condition)) } satisfies ObjectWriter;
  };
}

describe("doctor, of a store", () => {
  it("finds nothing wrong with one that keeps its promises, and leaves nothing there", async () => {
    const findings = await examine(whole);
    assert.deepEqual(
      findings.map(({ check, outcome }) => [check, outcome]),
      KEEPS.map((check) => [check, "ok"]),
    );
    assert.equal(await whole.head("data/doctor"), null);
  });

  const stores: [string, Sink, string, RegExp, RegExp][] = [
    [
      "that ignores conditions",
      { ...whole, put: (key, body, { condition: _, ...rest } = {}) => whole.put(key, body, rest) },
      "conditions of the sink",
      /was written twice on the condition that it is absent/,
      /another store/,
    ],
    [
      "that knows If-None-Match but not If-Match",
      { ...whole, put: (key, body, options) => whole.put(key, body, options?.condition === "absent" ? options : {}) },
      "conditions of the sink",
      /on the condition that it has another etag/,
      /another store/,
    ],
    [
      "that drops metadata",
      { ...whole, head: async (key) => ((info) => info && { ...info, token: null })(await whole.head(key)) },
      "tokens in the sink",
      /without the token/,
      /x-amz-meta-pg-bronze-token/,
    ],
    [
      "that completes uploads whatever is there",
      { ...whole, create: publishing(() => undefined) },
      "large objects in the sink",
      /against its condition/,
      /another store/,
    ],
    [
      "that completes uploads whatever the etag",
      { ...whole, create: publishing((condition) => (condition === "absent" ? condition : undefined)) },
      "large objects in the sink",
      /against its condition/,
      /another store/,
    ],
  ];
  for (const [what, sink, check, says, hint] of stores) {
    it(`fails one ${what}, and says what to do`, async () => {
      const failed = (await examine(sink)).filter(({ outcome }) => outcome === "failed");
      assert.ok(
        failed.some((finding) => finding.check === check && says.test(finding.says) && hint.test(finding.hint ?? "")),
        JSON.stringify(failed),
      );
      assert.equal(await whole.head("data/doctor"), null);
    });
  }

  it("warns of one that deletes against a condition, and says what follows", async () => {
    const findings = await examine({ ...whole, delete: (key) => whole.delete(key) });
    const { check, outcome, hint } = findings.at(-1)!;
    assert.deepEqual([check, outcome], ["deletion on condition", "warning"]);
    assert.match(hint ?? "", /gc/);
  });

  describe("that fails on checksums of whole objects", () => {
    let place: Awaited<ReturnType<typeof openBucket>>;
    before(async () => {
      place = await openBucket({ partBytes: PROBE_PART_BYTES }, { checksums: "composite" });
    });
    after(() => place.close());

    it("names the option that helps", async () => {
      const failed = (await examine(place.sink)).filter(({ outcome }) => outcome === "failed");
      assert.deepEqual(
        failed.map(({ check }) => check),
        ["large objects in the sink"],
      );
      assert.match(failed[0]?.hint ?? "", /sink\.checksums: none/);
      assert.deepEqual(await place.leftovers(), []);
    });

    it("is content once the option is set", async () => {
      const sink = place.open({ checksums: "none" });
      assert.deepEqual(
        (await examine(sink, "none")).filter(({ outcome }) => outcome !== "ok"),
        [],
      );
      await sink.close();
    });
  });
});
