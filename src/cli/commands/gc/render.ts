import { type GcReport, type Item, KINDS, type Kind, type Total } from "../../../gc/report.ts";
import { bytes, count, counted, table } from "../../render/format.ts";

/** Items of each kind beyond which the rest is only counted. */
const MOST_ROWS = 40;

const TITLES: Readonly<Record<Kind, { readonly title: string; readonly noun: string }>> = {
  orphan: { title: "Objects that no manifest names", noun: "object" },
  foreign: { title: "Objects that no landing here wrote (--foreign deletes them too)", noun: "object" },
  record: { title: "Landing records of failed attempts", noun: "record" },
  run: { title: "Documents of old runs", noun: "run" },
};

/** What was found of each kind, and why each; then what became of it. */
export async function gcText({ totals, items }: GcReport, isDryRun: boolean): Promise<string> {
  const found = KINDS.filter((kind) => totals[kind].found > 0);
  if (found.length === 0) return "nothing to delete\n";
  const parts: string[] = [];
  for (const kind of found) {
    const rows = items.filter((item) => item.kind === kind);
    parts.push(`${TITLES[kind].title}: ${totalText(kind, totals[kind])}\n${await rowsText(rows, totals[kind].found)}\n`);
  }
  const isAnyDue = found.some((kind) => kind !== "foreign");
  return `${parts.join("\n")}${isDryRun && isAnyDue ? "\nNothing was deleted. Delete it with: pg-bronze gc --delete\n" : ""}`;
}

async function rowsText(items: readonly Item[], found: number): Promise<string> {
  const rows = items.slice(0, MOST_ROWS).map(({ key, bytes: size, reason, outcome, error }) => {
    const why = error === null ? reason : `${reason}. ${error.code}: ${error.message}`;
    return [outcome, bytes(size), key, why];
  });
  const more = found > MOST_ROWS ? `\n… and ${count(found - MOST_ROWS)} more; --json has the first 10,000` : "";
  return `${await table(rows, [1])}${more}`;
}

function totalText(kind: Kind, { found, bytes: size, deleted, kept, failed }: Total): string {
  const outcomes = Object.entries({ deleted, kept, failed }).filter(([, number]) => number > 0);
  return [
    `${counted(found, TITLES[kind].noun)}, ${bytes(size)}`,
    ...outcomes.map(([outcome, number]) => `${count(number)} ${outcome}`),
  ].join(", ");
}
