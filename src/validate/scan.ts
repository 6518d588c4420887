import type { Duck } from "../read/duckdb.ts";
import { quoteText } from "../read/duckdb.ts";
import { type Footer, NotJudged } from "../read/footer.ts";
import { type Bound, boundFromDuck, boundSql, type ValueOrder } from "../read/order.ts";
import type { SchemaLeaf } from "../read/schema.ts";

/** What the pages really hold, as DuckDB decodes them. */
export interface Scan {
  readonly rows: number;
  /** Rows of each row group; null when they could not be told apart. */
  readonly rowsByGroup: readonly number[] | null;
  /** Null rows of each top-level column. */
  readonly nullsByColumn: readonly number[];
  /** `leaves[leaf][group]`; without row groups told apart, one entry for the whole file. */
  readonly leaves: readonly (readonly LeafFacts[])[];
}

export interface LeafFacts {
  /** Values that are not null; null where the leaf's shape can't be asked for in SQL. */
  readonly present: number | null;
  readonly min: Bound | null;
  readonly max: Bound | null;
}

/** Columns asked for in one query: wide tables would make a plan of thousands of aggregates otherwise. */
const COLUMNS_PER_QUERY = 40;

/**
 * Decodes every value of every column. Columns go by position, so that names which differ in case only, or hold anything, are
 * read as they are.
 * @throws Error naming the first column that can't be read.
 */
export async function scanContent(duck: Duck, path: string, footer: Footer): Promise<Scan> {
  const numbered = canNumberRows(footer);
  const groups = numbered ? footer.rowGroups.length : 1;
  const state = {
    rowsByGroup: new Array<number>(groups).fill(0),
    nulls: footer.fields.map(() => 0),
    leaves: footer.leaves.map(() => Array.from({ length: groups }, (): LeafFacts => ({ present: null, min: null, max: null }))),
  };
  for (let first = 0; first < footer.fields.length; first += COLUMNS_PER_QUERY) {
    const last = Math.min(first + COLUMNS_PER_QUERY, footer.fields.length);
    await scanColumns({ duck, path, footer, numbered, first, last, state });
  }
  return {
    rows: state.rowsByGroup.reduce((sum, rows) => sum + rows, 0),
    rowsByGroup: numbered ? state.rowsByGroup : null,
    nullsByColumn: state.nulls,
    leaves: state.leaves,
  };
}

/** `read_parquet(…) t(c0, c1, …, row_number)` */
export function fromFile(path: string, footer: Footer): string {
  const numbered = canNumberRows(footer);
  const names = footer.fields.map((_, i) => `c${i}`);
  if (numbered) names.push("row_number");
  return `read_parquet(${quoteText(path)}, hive_partitioning = false${numbered ? ", file_row_number = true" : ""}) t(${names.join(", ")})`;
}

/** DuckDB refuses to number the rows of a file that has a column of that name. */
export function canNumberRows(footer: Footer): boolean {
  return !footer.fields.some((field) => field.name.toLowerCase() === "file_row_number");
}

interface Part {
  readonly duck: Duck;
  readonly path: string;
  readonly footer: Footer;
  readonly numbered: boolean;
  readonly first: number;
  readonly last: number;
  readonly state: { readonly rowsByGroup: number[]; readonly nulls: number[]; readonly leaves: LeafFacts[][] };
}

async function scanColumns(part: Part): Promise<void> {
  const { duck, footer, first, last } = part;
  const asked: Asked[] = footer.leaves
    .map((leaf, index) => ({ leaf, index }))
    .filter(({ leaf }) => leaf.column >= first && leaf.column < last)
    .map(({ leaf, index }) => ({ leaf, index, prefixBytes: longestBound(footer, index) }));
  const inner = asked.map(
    ({ leaf, index }) => `${leaf.sql === null ? `c${leaf.column}` : leaf.sql(`c${leaf.column}`)} AS v${index}`,
  );
  const counts = footer.fields.slice(first, last).map((_, i) => `count(c${first + i})`);
  const aggregates = asked.map(({ leaf, index, prefixBytes }) => aggregatesOf(leaf, `v${index}`, prefixBytes));
  const columns = footer.fields.slice(first, last).map((_, i) => `c${first + i}`);
  const sql =
    `SELECT g, count(*), ${[...counts, ...aggregates].join(", ")} FROM (SELECT ${groupSql(footer, part.numbered)} AS g, ` +
    `${[...columns, ...inner].join(", ")} FROM ${fromFile(part.path, footer)}) GROUP BY g`;
  let rows: readonly (readonly unknown[])[];
  try {
    rows = await duck.rows(sql);
  } catch (cause) {
    const line = oneLine(cause);
    const limit = limitOf(line);
    if (limit !== null) throw new NotJudged(limit, { cause });
    if (last - first === 1) throw new Error(`column ${JSON.stringify(footer.fields[first]?.name)}: ${line}`, { cause });
    for (let column = first; column < last; column++) await scanColumns({ ...part, first: column, last: column + 1 });
    throw new Error(line, { cause });
  }
  for (const row of rows) take(part, row, asked);
}

interface Asked {
  readonly leaf: SchemaLeaf;
  readonly index: number;
  /** Null: no bounds in the footer to compare with. */
  readonly prefixBytes: number | null;
}

function take(part: Part, row: readonly unknown[], asked: readonly Asked[]): void {
  const { state, first, last } = part;
  const group = Number(row[0]);
  const rows = Number(row[1]);
  state.rowsByGroup[group] = rows;
  for (let column = first; column < last; column++) {
    state.nulls[column] = (state.nulls[column] ?? 0) + rows - Number(row[2 + column - first]);
  }
  const start = 2 + last - first;
  asked.forEach(({ leaf, index, prefixBytes }, i) => {
    const [present, min, max] = [row[start + 3 * i], row[start + 3 * i + 1], row[start + 3 * i + 2]];
    const facts = state.leaves[index];
    if (facts === undefined || leaf.sql === null) return;
    const bounded = leaf.order !== null && prefixBytes !== null;
    facts[group] = factsFrom([present, min, max], bounded ? leaf.order : null);
  });
}

/** What the three expressions of {@link aggregatesOf} gave. */
export function factsFrom([present, min, max]: readonly unknown[], order: ValueOrder | null): LeafFacts {
  return {
    present: Number(present ?? 0),
    min: order === null ? null : boundFromDuck(min, order),
    max: order === null ? null : boundFromDuck(max, order),
  };
}

/** Three expressions for a leaf: values present, smallest, largest. Without bounds to compare, a hash makes DuckDB decode the values. */
export function aggregatesOf(leaf: SchemaLeaf, value: string, prefixBytes: number | null): string {
  if (leaf.sql === null || leaf.order === null || prefixBytes === null) {
    const present = leaf.sql === null ? "NULL" : leaf.repeated ? `sum(list_count(${value}))` : `count(${value})`;
    return `${present}, NULL, bit_xor(hash(${value}))`;
  }
  const { order } = leaf;
  const comparable = order.kind === "float";
  const clean = leaf.repeated && comparable ? `list_filter(${value}, lambda x: NOT isnan(x))` : value;
  const filter = !leaf.repeated && comparable ? ` FILTER (NOT isnan(${value}))` : "";
  const cast = order.kind === "text" ? "::VARCHAR" : "";
  const bound = (which: "min" | "max") =>
    boundSql(
      leaf.repeated ? `(${which}(list_${which}(${clean}))${cast})` : `(${which}(${value}${cast})${filter})`,
      order,
      prefixBytes,
    );
  const present = leaf.repeated ? `sum(list_count(${value}))` : `count(${value})`;
  return `${present}, ${bound("min")}, ${bound("max")}`;
}

/** One byte more than the longest bound of this leaf, so that "longer than the bound" shows; null without any bounds. */
function longestBound(footer: Footer, leaf: number): number | null {
  let longest: number | null = null;
  for (const group of footer.rowGroups) {
    const statistics = group.chunks[leaf]?.statistics;
    for (const bound of [statistics?.min, statistics?.max]) {
      if (bound != null) longest = Math.max(longest ?? 0, bound.byteLength + 1);
    }
  }
  return longest;
}

/** The row group of a row, by bisection over the footer's counts. */
function groupSql(footer: Footer, numbered: boolean): string {
  const starts: number[] = [];
  let rows = 0;
  for (const group of footer.rowGroups) {
    starts.push(rows);
    rows += group.rows;
  }
  return numbered && starts.length > 0 ? bisectRows(starts) : "0";
}

/** SQL for the place, among parts that begin at these rows of the file, of the part that a row is in. */
export function bisectRows(starts: readonly number[]): string {
  const bisect = (low: number, high: number): string => {
    if (high - low <= 1) return String(low);
    const middle = (low + high) >> 1;
    return `CASE WHEN row_number < ${starts[middle]} THEN ${bisect(low, middle)} ELSE ${bisect(middle, high)} END`;
  };
  return bisect(0, starts.length);
}

/** What DuckDB doesn't know or hasn't the memory for says nothing of the file. */
function limitOf(line: string): string | null {
  if (/^Out of Memory/i.test(line)) return "DuckDB's memory doesn't suffice to read it, so its content isn't judged";
  if (/not implemented|unsupported|not supported|only supported|requires two children|FATAL|has been invalidated/i.test(line))
    return `DuckDB can't read files of this kind, so its content isn't judged: ${line}`;
  return null;
}

/** DuckDB's messages go over several lines, with the statement in them. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? text).trim();
}
