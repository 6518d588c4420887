import type { SubmitterSpec } from "../contract.ts";

export const dockerSpec: SubmitterSpec = {
  name: "docker",
  title: "docker compose",
  help: "docker starts the registry's compose_service for each job, in the folder of docker-compose.yml",
  outlives: false,
  needs: ["compose_service"],
  indexVariable: null,
  jobVariable: null,
  load: () => import("./submitter.ts"),
};
