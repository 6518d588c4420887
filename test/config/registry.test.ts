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

const computeOf = (compute: string) =>
  parseYaml(
    `objects:
  atom:
    config: config/atom_extract_config.yaml
    cadence: rate(7 days)
    compose_service: atom-extract
    batch_queue: atom-queue
    batch_job_definition: atom
${compute}`,
    "registry.yaml",
    RegistrySchema,
    {},
  ).objects["atom"]!.compute;

describe("the registry's compute", () => {
  it("has defaults for everything", () => {
    const { sizes, timeout_minutes, attempts } = computeOf("");
    assert.deepEqual(sizes.small, { vcpu: 0.5, memory_mib: 2048 });
    assert.equal(timeout_minutes, 120);
    assert.equal(attempts, 3);
  });

  it("takes one class alone, and leaves the others as they are", () => {
    const { sizes } = computeOf("    compute: { sizes: { large: { vcpu: 4, memory_mib: 8192 } } }\n");
    assert.deepEqual(sizes.large, { vcpu: 4, memory_mib: 8192 });
    assert.deepEqual(sizes.medium, { vcpu: 1, memory_mib: 2048 });
  });

  it("refuses more attempts than AWS Batch allows", () => {
    assert.throws(() => computeOf("    compute: { attempts: 11 }\n"), /compute\.attempts/);
  });
});
