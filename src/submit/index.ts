import { BronzeError } from "../model/errors.ts";
import { batchSpec } from "./batch/spec.ts";
import type { SubmitterSpec } from "./contract.ts";
import { dockerSpec } from "./docker/spec.ts";
import { localSpec } from "./local/spec.ts";

/** Everything that can run the jobs of a planned run. */
export const SUBMITTERS: readonly SubmitterSpec[] = [localSpec, dockerSpec, batchSpec];

/** @throws BronzeError USAGE for a name without a row: a newer pg-bronze may have written it into the ledger. */
export function findSubmitter(submitters: readonly SubmitterSpec[], name: string): SubmitterSpec {
  const found = submitters.find((spec) => spec.name === name);
  if (found !== undefined) return found;
  throw new BronzeError("USAGE", `There is no submitter ${JSON.stringify(name)}`, {
    hint: `Known are ${submitters.map((spec) => spec.name).join(", ")}. Was the run submitted by a newer pg-bronze?`,
    context: { engine: name },
  });
}
