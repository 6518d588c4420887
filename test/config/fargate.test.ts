import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fargateProblem } from "../../src/config/fargate.ts";
import { parseYaml } from "../../src/config/load.ts";
import { RegistrySchema } from "../../src/config/registry.ts";

const registry = (compute: string) =>
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

describe("a container's size", () => {
  for (const [vcpu, memoryMib, problem] of [
    [0.25, 512, null],
    [0.25, 3072, /with 0\.25 vCPU, memory_mib is 512, 1024, 2048/],
    [0.5, 4096, null],
    [0.5, 5120, /1024 to 4096 in steps of 1024/],
    [1, 1024, /2048 to 8192/],
    [2, 16384, null],
    [4, 30720, null],
    [8, 17408, /16384 to 61440 in steps of 4096/],
    [16, 122880, null],
    [3, 8192, /vcpu is one of 0\.25, 0\.5, 1, 2, 4, 8, 16/],
  ] as const) {
    it(`of ${vcpu} vCPU and ${memoryMib} MiB is ${problem === null ? "sold by Fargate" : "refused"}`, () => {
      if (problem === null) assert.equal(fargateProblem(vcpu, memoryMib), null);
      else assert.match(fargateProblem(vcpu, memoryMib) ?? "sold", problem);
    });
  }
});

describe("the registry's compute", () => {
  it("has defaults for everything", () => {
    const { sizes, timeout_minutes, attempts } = registry("");
    assert.deepEqual(sizes.small, { vcpu: 0.5, memory_mib: 2048 });
    assert.equal(timeout_minutes, 120);
    assert.equal(attempts, 3);
  });

  it("takes one class alone, and leaves the others as they are", () => {
    const { sizes } = registry("    compute: { sizes: { large: { vcpu: 4, memory_mib: 8192 } } }\n");
    assert.deepEqual(sizes.large, { vcpu: 4, memory_mib: 8192 });
    assert.deepEqual(sizes.medium, { vcpu: 1, memory_mib: 2048 });
  });

  it("refuses a size that Fargate does not sell, with the file's line", () => {
    assert.throws(
      () => registry("    compute: { sizes: { small: { vcpu: 1, memory_mib: 1024 } } }\n"),
      /registry\.yaml:8:\d+ objects\.atom\.compute\.sizes\.small\.memory_mib: is not sold by Fargate: with 1 vCPU/,
    );
  });

  it("refuses more attempts than AWS Batch allows", () => {
    assert.throws(() => registry("    compute: { attempts: 11 }\n"), /compute\.attempts/);
  });
});
