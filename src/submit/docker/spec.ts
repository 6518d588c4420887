import type { SubmitterSpec } from "../contract.ts";

export const dockerSpec: SubmitterSpec = {
  name: "docker",
  title: "docker compose",
  outlives: false,
  needs: ["compose_service"],
  indexVariable: null,
  jobVariable: null,
  load: () => import("./submitter.ts"),
};
