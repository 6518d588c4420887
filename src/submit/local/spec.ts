import type { SubmitterSpec } from "../contract.ts";

export const localSpec: SubmitterSpec = {
  name: "local",
  title: "this process",
  help: "local lands in this process",
  outlives: false,
  needs: [],
  indexVariable: null,
  jobVariable: null,
  load: () => import("./submitter.ts"),
};
