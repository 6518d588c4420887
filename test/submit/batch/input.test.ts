import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RegistryEntrySchema } from "../../../src/config/registry.ts";
import { parseRunId } from "../../../src/model/ids.ts";
import { packJobs } from "../../../src/plan/pack.ts";
import { batchJobs, begunMode } from "../../../src/submit/batch/input.ts";
import { samplePlan, sampleSubmission, TARGET } from "../../support/batch-samples.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

describe("the SubmitJob inputs of a submission", () => {
  it("are one array for each size class, and an individual job where a class has one", () => {
    const plan = samplePlan(["01001", "01003", "01005"]);
    const submission = sampleSubmission(plan, [
      { size_class: "small", jobs: [["01001"], ["01003"]] },
      { size_class: "large", jobs: [["01005"]] },
    ]);
    const jobs = batchJobs(plan, submission, TARGET, "array");
    assert.deepEqual(
      jobs.map(({ sizeClass, input }) => [sizeClass, input.arrayProperties?.size ?? null]),
      [
        ["small", 2],
        ["large", null],
      ],
    );
    const variables = jobs.map(({ input }) =>
      Object.fromEntries((input.containerOverrides?.environment ?? []).map(({ name = "", value }) => [name, value])),
    );
    const common = { OBJECT: "parcel", RUN_ID: plan.run, SINK: plan.sink, SUBMISSION: "1" };
    assert.deepEqual(variables, [
      { ...common, SIZE_CLASS: "small" },
      { ...common, SIZE_CLASS: "large", PG_BRONZE_SHARD_INDEX: "0" },
    ]);
    assert.deepEqual(jobs[1]?.input.containerOverrides?.resourceRequirements, [
      { type: "VCPU", value: "2" },
      { type: "MEMORY", value: "4096" },
    ]);
    assert.deepEqual(jobs[0]?.input.retryStrategy?.evaluateOnExit?.at(-1), { onReason: "OutOfMemory*", action: "EXIT" });
    assert.equal(jobs[0]?.input.timeout?.attemptDurationSeconds, 7200);
  });

  it("are a job for each county in individual mode, all of different names", () => {
    const plan = samplePlan(["01001", "01003", "01005"]);
    const submission = sampleSubmission(plan, [{ size_class: "small", jobs: [["01001"], ["01003", "01005"]] }]);
    const jobs = batchJobs(plan, submission, TARGET, "individual");
    assert.equal(new Set(jobs.map(({ input }) => input.jobName)).size, 2);
    assert.deepEqual(
      jobs.map(({ firstJob, input }) => [firstJob, input.containerOverrides?.environment?.at(-1)?.value]),
      [
        [0, "0"],
        [1, "1"],
      ],
    );
  });

  it("have names that Batch takes, whatever the run is called, and different ones for different sinks", () => {
    const run = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/);
    fc.assert(
      fc.property(run, fc.integer({ min: 1, max: 9999 }), (run, number) => {
        const names = ["s3://a", "s3://b"].map((sink) => {
          const plan = { ...samplePlan(["01001", "01003"]), run: parseRunId(run), sink };
          const submission = { ...sampleSubmission(plan, [{ size_class: "small", jobs: [["01001"], ["01003"]] }]), number };
          return batchJobs(plan, submission, TARGET, "individual").map(({ input }) => input.jobName);
        });
        for (const name of names.flat()) assert.match(name, NAME);
        assert.equal(new Set(names.flat()).size, 4);
      }),
    );
  });

  for (const [what, ids, pack, mode] of [
    ["900 ids of 14 characters in one job", 900, 1000, "array"],
    ["900 ids of 14 characters, each in a job by itself", 900, 1, "individual"],
    ["10,000 shards in one array", 10_000, 1, "array"],
    ["10,000 shards in ten jobs", 10_000, 1000, "individual"],
    ["10,000 individual jobs", 10_000, 1, "individual"],
  ] as const) {
    it(`stay within SubmitJob's 30 KiB and the 8,192 characters of a task's overrides: ${what}`, () => {
      const names = Array.from({ length: ids }, (_, i) => `48-county-${String(i).padStart(4, "0")}`);
      const plan = samplePlan(names, `s3://${"b".repeat(63)}/${"p".repeat(200)}`);
      const groups = packJobs(plan.shards, pack).map(({ size_class, jobs }) => ({
        size_class,
        jobs: jobs.map((job) => [...job]),
      }));
      const jobs = batchJobs(plan, sampleSubmission(plan, groups), TARGET, mode);
      const sizes = jobs.map(({ input }) => JSON.stringify(input).length);
      const overrides = jobs.map(({ input }) => JSON.stringify(input.containerOverrides).length);
      assert.ok(Math.max(...sizes) < 4_096 && Math.max(...overrides) < 2_048, `${Math.max(...sizes)} ${Math.max(...overrides)}`);
      const last = jobs.at(-1)?.input.containerOverrides?.environment?.find(({ name }) => name === "PG_BRONZE_SHARD_INDEX");
      assert.equal(last?.value, jobs.at(-1)?.input.arrayProperties === undefined ? String(jobs.length - 1) : undefined);
    });
  }

  it("go on in the mode in which somebody began them", () => {
    const plan = samplePlan(["01001", "01003"]);
    const submission = sampleSubmission(plan, [{ size_class: "small", jobs: [["01001"], ["01003"]] }]);
    for (const mode of ["array", "individual"] as const) {
      const [first] = batchJobs(plan, submission, TARGET, mode);
      assert.equal(begunMode(submission, [first!.input.jobName]), mode);
    }
    assert.equal(begunMode(submission, []), null);
  });

  it("are refused for more than an array holds", () => {
    const plan = samplePlan(["01001"]);
    const many = Array.from({ length: 10_001 }, (_, i) => [String(i)]);
    const large = sampleSubmission(plan, [{ size_class: "small", jobs: many }]);
    assert.throws(() => batchJobs(plan, large, TARGET, "array"), { code: "USAGE", hint: /--pack/ });
  });

  it("take attempts and timeout from the registry", () => {
    const compute = RegistryEntrySchema.shape.compute.parse({ attempts: 7, timeout_minutes: 5 });
    const plan = samplePlan(["01001"]);
    const submission = sampleSubmission(plan, [{ size_class: "small", jobs: [["01001"]] }]);
    const [job] = batchJobs(plan, submission, { ...TARGET, compute }, "array");
    assert.deepEqual([job?.input.retryStrategy?.attempts, job?.input.timeout?.attemptDurationSeconds], [7, 300]);
  });
});
