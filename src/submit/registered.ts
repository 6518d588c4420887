import { type RegistryEntry, requireField } from "../config/registry.ts";
import { BronzeError } from "../model/errors.ts";
import type { ConfiguredObject } from "../patterns/load.ts";
import { localPath } from "../sink/location.ts";
import type { SubmitAccess, SubmitterSpec } from "./contract.ts";

/** Why a submitter can't run the jobs of an object that lands in this sink, for people; null when it can, as far as config goes. */
export function unfitReason({ needs, outlives }: SubmitterSpec, { entry }: ConfiguredObject, sinkUrl: string): string | null {
  if (needs.length > 0 && entry === null) return "the object is outside the registry";
  const missing = needs.find((field) => entry?.[field] === undefined);
  if (missing !== undefined) return `the registry names no ${missing} for the object`;
  return outlives && localPath(sinkUrl) !== null ? "its jobs can't land in this sink" : null;
}

/**
 * The registry's entry of an object, with all that the submitter needs of it.
 * @throws BronzeError USAGE for a config outside the registry, or a sink that other machines can't reach; CONFIG_INVALID for a missing field
 */
export function registered(spec: SubmitterSpec, { config, entry, file, sink }: SubmitAccess): RegistryEntry {
  const { object } = config;
  if (entry === null) {
    throw new BronzeError(
      "USAGE",
      `${spec.title} needs ${spec.needs.join(" and ")} of ${object}: ${file} is outside the registry`,
      {
        hint: "Add the object to config/registry.yaml, or land it here: pg-bronze submit-local.",
      },
    );
  }
  for (const field of spec.needs) requireField(object, entry, field, spec.title);
  if (spec.outlives && localPath(sink.url) !== null) {
    throw new BronzeError("USAGE", `Jobs on ${spec.title} can't land in ${sink.url}`, {
      hint: "Give --sink s3://bucket/prefix, or run it here: pg-bronze submit-local.",
    });
  }
  return entry;
}
