import { writtenByUs } from "../../read/footer.ts";
import { skip, verdictOn } from "../report.ts";
import { check } from "./check.ts";

/** Footer keys that every file of ours carries. */
const REQUIRED_KEYS = ["ARROW:schema", "pg_bronze.version", "pg_bronze.object", "pg_bronze.source", "pg_bronze.snapshot_dt"];

/** A file that we wrote tells what it is and where it is from, and its manifest doesn't say otherwise. */
export const metadata = check("metadata", ["footer"], ({ landing, the: { footer } }) => {
  if (!writtenByUs(footer)) return skip(`created by ${footer.createdBy ?? "an unnamed writer"}`);
  const faults = REQUIRED_KEYS.filter((key) => !footer.keyValues.has(key)).map((key) => `the footer has no ${key}`);
  if (landing.state === "landed") {
    for (const field of ["object", "snapshot_dt"] as const) {
      const said = footer.keyValues.get(`pg_bronze.${field}`);
      const expected = landing.manifest[field];
      if (said !== undefined && said !== expected) faults.push(`the footer says ${field} ${said}, the manifest ${expected}`);
    }
  }
  return verdictOn(faults);
});
