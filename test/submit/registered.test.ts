import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RegistryEntrySchema } from "../../src/config/registry.ts";
import { batchSpec } from "../../src/submit/batch/spec.ts";
import type { SubmitAccess } from "../../src/submit/contract.ts";
import { dockerSpec } from "../../src/submit/docker/spec.ts";
import { findSubmitter, SUBMITTERS } from "../../src/submit/index.ts";
import { localSpec } from "../../src/submit/local/spec.ts";
import { registered, unfitReason } from "../../src/submit/registered.ts";

const ENTRY = RegistryEntrySchema.parse({
  config: "config/x.yaml",
  cadence: "rate(7 days)",
  compose_service: "x",
  batch_queue: "q",
  batch_job_definition: "d",
});

function access(entry: SubmitAccess["entry"], url = "s3://bronze"): SubmitAccess {
  return { config: { object: "x" }, file: "x.yaml", entry, sink: { url } } as SubmitAccess;
}

describe("what a submitter needs of an object", () => {
  const { batch_queue: _, ...withoutQueue } = ENTRY;
  for (const [what, spec, object, reason, refusal] of [
    ["everything is there", batchSpec, access(ENTRY), null, null],
    ["this process needs nothing", localSpec, access(null, "file:///lake"), null, null],
    ["containers here land in a folder", dockerSpec, access(ENTRY, "file:///lake"), null, null],
    ["no entry", batchSpec, access(null), "the object is outside the registry", /x\.yaml is outside the registry/],
    [
      "no queue",
      batchSpec,
      access(withoutQueue),
      "the registry names no batch_queue for the object",
      /objects\.x\.batch_queue is missing: AWS Batch needs it/,
    ],
    [
      "a folder of this machine",
      batchSpec,
      access(ENTRY, "file:///lake"),
      "its jobs can't land in this sink",
      /Jobs on AWS Batch can't land in file:\/\/\/lake/,
    ],
  ] as const) {
    it(`is looked for: ${what}`, () => {
      assert.equal(unfitReason(spec, object, object.sink.url), reason);
      if (refusal !== null) assert.throws(() => registered(spec, object), { exitCode: 2, message: refusal });
      else if (spec !== localSpec) assert.equal(registered(spec, object), ENTRY);
    });
  }
});

describe("the table of submitters", () => {
  it("has rows of different names, whose modules open a submitter", async () => {
    assert.equal(new Set(SUBMITTERS.map(({ name }) => name)).size, SUBMITTERS.length);
    for (const { load } of SUBMITTERS) assert.equal(typeof (await load()).open, "function");
  });

  it("says which there are when the ledger names another", () => {
    assert.throws(() => findSubmitter(SUBMITTERS, "kubernetes"), {
      code: "USAGE",
      hint: /local, docker, batch.* newer pg-bronze/,
    });
  });
});
