import { parseSnapshotDate } from "../../model/ids.ts";
import { quoteText } from "../../read/duckdb.ts";
import type { Footer } from "../../read/footer.ts";
import type { Evidence } from "../evidence.ts";
import { skip, verdictOn } from "../report.ts";
import { fromFile } from "../scan.ts";
import { check } from "./check.ts";

/** `name=value` folders: `snapshot_dt` is a day, and a column of the same name holds that value in every row. */
export const hivePath = check("hive-path", ["footer", "content"], async ({ location, landing, path, duck, the: { footer } }) => {
  const parts = hiveParts(location);
  if (parts.length === 0) return skip("no name=value folders in the path");
  const faults: string[] = [];
  for (const { name, value } of parts) {
    if (name === "snapshot_dt") faults.push(...snapshotFaults(value, landing));
    const column = footer.fields.findIndex((field) => field.name === name);
    if (column < 0) continue;
    const other = await firstOther(duck, path, footer, column, value);
    if (other !== null) faults.push(`the path says ${name}=${value}, but ${other}`);
  }
  return verdictOn(faults);
});

function snapshotFaults(value: string, landing: Evidence["landing"]): string[] {
  try {
    parseSnapshotDate(value);
  } catch {
    return [`snapshot_dt=${value} is not a day`];
  }
  return landing.state === "landed" && landing.manifest.snapshot_dt !== value
    ? [`the path says snapshot_dt=${value}, the manifest ${landing.manifest.snapshot_dt}`]
    : [];
}

function hiveParts(location: string): { name: string; value: string }[] {
  const folders = location.split(/[/\\]/).slice(0, -1);
  return folders.flatMap((folder) => {
    const at = folder.indexOf("=");
    return at > 0 ? [{ name: folder.slice(0, at), value: folder.slice(at + 1) }] : [];
  });
}

async function firstOther(
  duck: Evidence["duck"],
  path: string,
  footer: Footer,
  column: number,
  value: string,
): Promise<string | null> {
  const text = `c${column}::VARCHAR`;
  const [row] = await duck.rows(
    `SELECT count(*), any_value(coalesce(${text}, 'null')) FROM ${fromFile(path, footer)} WHERE ${text} IS DISTINCT FROM ${quoteText(value)}`,
  );
  const count = Number(row?.[0] ?? 0);
  return count === 0 ? null : `${count} rows hold another value, such as ${JSON.stringify(row?.[1])}`;
}
