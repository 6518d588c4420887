import type { Duck } from "../../read/duckdb.ts";
import type { Footer } from "../../read/footer.ts";
import { type Bound, boundFromFooter, type ValueOrder } from "../../read/order.ts";
import type { ColumnIndex, IndexedPage } from "../../read/pages.ts";
import type { SchemaLeaf } from "../../read/schema.ts";
import { type Finding, skip, verdictOn } from "../report.ts";
import { aggregatesOf, bisectRows, canNumberRows, factsFrom, fromFile, type LeafFacts } from "../scan.ts";
import { check } from "./check.ts";
import { boundFaults } from "./statistics.ts";

/** What the column indexes say of each page is true: readers skip pages by it. */
export const columnIndex = check(
  "column-index",
  ["footer", "pages", "content"],
  async ({ duck, path, the }): Promise<Finding> => {
    const { footer, pages: walk } = the;
    if (!walk.columnIndexes.some((groups) => groups.some((index) => index !== null))) return skip("the file has no column index");
    if (!canNumberRows(footer)) return skip("a column is called file_row_number, so DuckDB can't tell pages apart");
    const leaves = indexedLeaves(footer, walk.columnIndexes);
    const faults: string[] = [];
    let judged = 0;
    for (const part of partsOf(leaves)) {
      const facts = await factsOf(duck, path, footer, part);
      for (const [i, leaf] of part.entries()) {
        for (const [p, place] of leaf.pages.entries()) {
          judged++;
          const what = `row group ${place.group}, column ${leaf.leaf.path}, page ${place.page} of the column index`;
          for (const fault of pageFaults(leaf.leaf, place.said, facts[i]![p]!)) faults.push(`${what}: ${fault}`);
        }
        faults.push(...orderFaults(leaf));
      }
    }
    return verdictOn(faults, `${judged} pages`);
  },
);

interface PlacedPage {
  readonly group: number;
  readonly page: number;
  /** Counted in the file. */
  readonly firstRow: number;
  readonly said: IndexedPage;
}

interface IndexedLeaf {
  readonly leaf: SchemaLeaf & { readonly order: ValueOrder };
  readonly groups: readonly (ColumnIndex | null)[];
  /** Of all row groups. */
  readonly pages: readonly PlacedPage[];
  /** One byte more than the longest bound. */
  readonly prefixBytes: number;
}

/** Leaves of which all row groups have an index: where one has none, its rows would count for the page before. */
function indexedLeaves(footer: Footer, indexes: readonly (readonly (ColumnIndex | null)[])[]): IndexedLeaf[] {
  return footer.leaves.flatMap((leaf, l) => {
    const groups = indexes[l] ?? [];
    const { order } = leaf;
    if (order === null || leaf.sql === null || groups.length === 0 || groups.includes(null)) return [];
    const pages: PlacedPage[] = [];
    let rows = 0;
    let prefixBytes = 1;
    for (const [group, index] of groups.entries()) {
      for (const [page, said] of index!.pages.entries()) {
        pages.push({ group, page, firstRow: rows + said.firstRow, said });
        prefixBytes = Math.max(prefixBytes, said.min.length + 1, said.max.length + 1);
      }
      rows += footer.rowGroups[group]!.rows;
    }
    return pages.length === 0 ? [] : [{ leaf: { ...leaf, order }, groups, pages, prefixBytes }];
  });
}

const LEAVES_PER_QUERY = 40;

/** Leaves whose pages have the same rows are asked for together: in a wide table most have one page in a row group. */
function partsOf(leaves: readonly IndexedLeaf[]): IndexedLeaf[][] {
  const alike = new Map<string, IndexedLeaf[]>();
  for (const leaf of leaves) {
    const key = leaf.pages.map(({ firstRow }) => firstRow).join(",");
    alike.set(key, [...(alike.get(key) ?? []), leaf]);
  }
  return [...alike.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / LEAVES_PER_QUERY) }, (_, i) =>
      group.slice(i * LEAVES_PER_QUERY, (i + 1) * LEAVES_PER_QUERY),
    ),
  );
}

/** What DuckDB finds in each page, leaf by leaf. */
async function factsOf(duck: Duck, path: string, footer: Footer, part: readonly IndexedLeaf[]): Promise<LeafFacts[][]> {
  const { pages } = part[0]!;
  const page = bisectRows(pages.map(({ firstRow }) => firstRow));
  const values = part.map(({ leaf }, i) => `${leaf.sql!(`c${leaf.column}`)} AS v${i}`);
  const aggregates = part.map(({ leaf, prefixBytes }, i) => aggregatesOf(leaf, `v${i}`, prefixBytes));
  const rows = await duck.rows(
    `SELECT p, ${aggregates.join(", ")} FROM (SELECT ${page} AS p, ${values.join(", ")} FROM ${fromFile(path, footer)}) GROUP BY p`,
  );
  const nothing: LeafFacts = { present: 0, min: null, max: null };
  const facts = part.map(() => pages.map(() => nothing));
  for (const row of rows) {
    for (const [i, { leaf }] of part.entries())
      facts[i]![Number(row[0])] = factsFrom(row.slice(1 + 3 * i, 4 + 3 * i), leaf.order);
  }
  return facts;
}

function pageFaults(leaf: SchemaLeaf, said: IndexedPage, found: LeafFacts): string[] {
  // parquet-mr's way to say that it knows nothing of a page.
  if (said.nulls !== null && said.nulls < 0) return [];
  const present = found.present ?? 0;
  const faults: string[] = [];
  const nulls = said.levels - present;
  if (said.nulls !== null && said.nulls !== nulls) faults.push(`${nulls} nulls, the index says ${said.nulls}`);
  if (said.nullPage !== (present === 0))
    faults.push(
      said.nullPage ? `marked as nulls alone, but it holds ${present} values` : "not marked as nulls alone, which it is",
    );
  if (said.nullPage || present === 0) return faults;
  const bounds = { nulls: null, min: said.min, max: said.max, minExact: null, maxExact: null };
  return [...faults, ...boundFaults(leaf, bounds, found, "the column index")];
}

/** Pages that are said to be in order are, by both of their bounds. */
function orderFaults({ leaf, groups }: IndexedLeaf): string[] {
  return groups.flatMap((index, group) => {
    if (index === null || index.boundaryOrder === 0) return [];
    const sign = index.boundaryOrder === 1 ? 1 : -1;
    const pages = index.pages.filter((page) => !page.nullPage);
    try {
      const inOrder = (of: (page: IndexedPage) => Uint8Array): boolean => {
        const bounds = pages.map((page) => boundFromFooter(of(page), leaf.element, leaf.order));
        return bounds.every((bound, i) => i === 0 || compare(bounds[i - 1]!, bound) * sign <= 0);
      };
      if (inOrder((page) => page.min) && inOrder((page) => page.max)) return [];
    } catch {
      return []; // a bound of a wrong length was told of
    }
    return [
      `row group ${group}, column ${leaf.path}: the column index calls its pages ${sign === 1 ? "ascending" : "descending"}, and they are not`,
    ];
  });
}

const compare = (a: Bound, b: Bound): number => (a < b ? -1 : a > b ? 1 : 0);
