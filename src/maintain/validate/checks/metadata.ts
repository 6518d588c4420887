import { writtenByUs } from "../footer.ts";
import { skip, verdictOn } from "../report.ts";
import { check } from "./check.ts";

/** Footer keys that every file of ours carries. */
const REQUIRED_KEYS = ["pg_bronze.source", "pg_bronze.tool"] as const;

/** A file that we wrote tells where it is from. */
export const metadata = check("metadata", ["footer"], ({ the: { footer } }) => {
  if (!writtenByUs(footer)) return skip(`created by ${footer.createdBy ?? "an unnamed writer"}`);
  return verdictOn(REQUIRED_KEYS.filter((key) => !footer.keyValues.has(key)).map((key) => `the footer has no ${key}`));
});
