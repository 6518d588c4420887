import { plural } from "../../model/plural.ts";
import { visible } from "./failure.ts";

/** 25,000, for whole numbers. `toLocaleString` says the same, but loads the world's languages first: 20 ms of CPU. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 1 row, 25,000 rows */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${number === 1 ? noun : plural(noun)}`;
}

/** 3.1 MB, in powers of 1000 as disks and networks are sold. */
export function bytes(number: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = number;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** 850 ms, 3.2 s, 12 min 5 s */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** How long ago, in the largest unit that says enough: 40 min, 7 h, 35 days. */
export function age(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 1) return `${Math.round(ms / 60_000)} min`;
  return hours < 48 ? `${+hours.toFixed(1)} h` : `${+(hours / 24).toFixed(1)} days`;
}

/** Rows of cells as columns without borders, for people; no blanks at the ends of lines. */
export async function table(rows: readonly (readonly string[])[], rightAligned: readonly number[] = []): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const none = Object.fromEntries(
    ["top", "bottom", "left", "right", "mid"].flatMap((side) => [
      [side, ""],
      [`${side}-mid`, ""],
      [`${side}-left`, ""],
      [`${side}-right`, ""],
    ]),
  );
  const width = Math.max(0, ...rows.map((row) => row.length));
  const grid = new Table({
    chars: { ...none, "left-mid": "", "mid-mid": "", "right-mid": "", middle: "  " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
    colAligns: Array.from({ length: width }, (_, i) => (rightAligned.includes(i) ? "right" : "left")),
  });
  for (const row of rows) grid.push(row.map(visible));
  return grid
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Where a shard landed: its file, or the first of several. */
export function urlOf({ files }: { readonly files: readonly { readonly url: string }[] }): string {
  const [first, ...more] = files;
  return more.length === 0 ? (first?.url ?? "") : `${first?.url} and ${counted(more.length, "more file")}`;
}

/** Values of a landed shard that `unrepresentable: null` made null. */
export function nulledValues({
  files,
}: {
  readonly files: readonly { readonly columns: readonly { nulled?: number | undefined }[] }[];
}): number {
  return files.flatMap(({ columns }) => columns).reduce((sum, { nulled = 0 }) => sum + nulled, 0);
}
