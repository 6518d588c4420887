import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RegistryEntrySchema } from "../../../src/config/registry.ts";
import { fargateProblem } from "../../../src/submit/batch/fargate.ts";
import { batchTarget } from "../../../src/submit/batch/input.ts";

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

it("an object whose registry asks for another size can't run on AWS Batch, and the message names the key", () => {
  const entry = RegistryEntrySchema.parse({
    config: "config/atom_extract_config.yaml",
    cadence: "rate(7 days)",
    batch_queue: "atom-queue",
    batch_job_definition: "atom",
    compute: { sizes: { small: { vcpu: 1, memory_mib: 1024 } } },
  });
  assert.throws(() => batchTarget("atom", entry), {
    code: "CONFIG_INVALID",
    message: /objects\.atom\.compute\.sizes\.small: 1024 MiB with 1 vCPU is not sold by Fargate: with 1 vCPU, memory_mib is 2048/,
  });
});
