import type { SubmitterSpec } from "../contract.ts";

export const batchSpec: SubmitterSpec = {
  name: "batch",
  title: "AWS Batch",
  help: "batch submits to the registry's queue, for retry alone: submit-aws does so otherwise",
  outlives: true,
  needs: ["batch_queue", "batch_job_definition"],
  // Source: AWS Batch user guide, "AWS Batch job environment variables".
  indexVariable: "AWS_BATCH_JOB_ARRAY_INDEX",
  jobVariable: "AWS_BATCH_JOB_ID",
  load: () => import("./submitter.ts"),
};
