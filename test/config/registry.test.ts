import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseYaml } from "../../src/config/load.ts";
import { type Registry, RegistrySchema, requireField } from "../../src/config/registry.ts";

const registry = (text: string): Registry => parseYaml(text, "registry.yaml", RegistrySchema, {});

describe("the registry", () => {
  it("needs no queue, job definition or service until somebody runs jobs there, and then says which is missing", () => {
    const { addresses } = registry(
      "objects: { addresses: { config: a.yaml, cadence: rate(7 days), batch_job_definition: d } }",
    ).objects;
    assert.equal(requireField("addresses", addresses!, "batch_job_definition", "AWS Batch"), "d");
    assert.throws(() => requireField("addresses", addresses!, "batch_queue", "AWS Batch"), {
      code: "CONFIG_INVALID",
      exitCode: 2,
      message: "config/registry.yaml: objects.addresses.batch_queue is missing: AWS Batch needs it",
    });
  });

  for (const [cadence, good] of [
    ["rate(1 day)", true],
    ["rate(12 hours)", true],
    ["cron(0 6 ? * SUN *)", true],
    ["rate(1 days)", false],
    ["rate(0 days)", false],
    ["cron(0 6 * * *)", false],
    ["monthly", false],
  ] as const) {
    it(`${good ? "accepts" : "refuses"} the cadence ${cadence}`, () => {
      const read = () => registry(`objects:\n  addresses:\n    config: a.yaml\n    cadence: ${cadence}\n`).objects["addresses"];
      if (good) assert.equal(read()?.cadence, cadence);
      else assert.throws(read, /registry\.yaml:4:14 objects\.addresses\.cadence: is an EventBridge schedule/);
    });
  }
});
