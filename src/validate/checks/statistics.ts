import { type Footer, type RawStatistics, writtenByUs } from "../../read/footer.ts";
import { type Bound, boundFromFooter, showBound } from "../../read/order.ts";
import type { SchemaLeaf } from "../../read/schema.ts";
import { skip, verdictOn, warn } from "../report.ts";
import type { LeafFacts, Scan } from "../scan.ts";
import { check } from "./check.ts";

/** Null counts of the footer, row group by row group, are those of the content. */
export const nullCounts = check("null-counts", ["footer", "content"], ({ the: { footer, content } }) => {
  const faults: string[] = [];
  const remarks: string[] = [];
  const seen = eachChunk(footer, content, ({ leaf, statistics, facts, values, place }) => {
    if (statistics.nulls === null || facts.present === null) return false;
    const nulls = values - facts.present;
    // Writers don't agree whether a list that is null or empty counts as a null of what is inside.
    const told = leaf.repeated && !writtenByUs(footer) ? remarks : faults;
    if (statistics.nulls !== nulls) told.push(`${place}: ${nulls} nulls, the footer says ${statistics.nulls}`);
    return true;
  });
  if (seen === 0) return skip(noneBecause(content));
  return faults.length === 0 && remarks.length > 0 ? warn(remarks.slice(0, 3).join("; ")) : verdictOn(faults);
});

/** Smallest and largest value of the footer, row group by row group, bound the content, and occur in it where marked exact. */
export const statistics = check("statistics", ["footer", "content"], ({ the: { footer, content } }) => {
  const faults: string[] = [];
  const seen = eachChunk(footer, content, ({ leaf, statistics: said, facts, place }) => {
    if (leaf.order === null || facts.present === null) return false;
    if (said.min === null && said.max === null) return false;
    for (const fault of boundFaults(leaf, said, facts)) faults.push(`${place}: ${fault}`);
    return true;
  });
  return seen === 0 ? skip(noneBecause(content)) : verdictOn(faults, `${seen} column chunks`);
});

interface ChunkFacts {
  readonly leaf: SchemaLeaf;
  readonly statistics: RawStatistics;
  readonly facts: LeafFacts;
  /** Levels in the chunk: values and nulls. */
  readonly values: number;
  readonly place: string;
}

/** Calls `judge` for each chunk that has statistics; returns for how many it could say something. */
function eachChunk(footer: Footer, content: Scan, judge: (chunk: ChunkFacts) => boolean): number {
  if (content.rowsByGroup === null) return 0;
  let judged = 0;
  for (const [g, group] of footer.rowGroups.entries()) {
    for (const [c, chunk] of group.chunks.entries()) {
      const leaf = footer.leaves[c];
      const facts = content.leaves[c]?.[g];
      if (chunk.statistics === null || leaf === undefined || facts === undefined || group.rows === 0) continue;
      const place = `row group ${g}, column ${leaf.path}`;
      if (judge({ leaf, statistics: chunk.statistics, facts, values: chunk.values, place })) judged++;
    }
  }
  return judged;
}

function noneBecause(content: Scan): string {
  if (content.rowsByGroup === null) return "a column is called file_row_number, so DuckDB can't tell row groups apart";
  return content.rows === 0 ? "no rows" : "the footer has none";
}

/** @param where the bounds stand, for the message */
export function boundFaults(leaf: SchemaLeaf, said: RawStatistics, facts: LeafFacts, where = "the footer"): string[] {
  const { order } = leaf;
  if (order === null) return [];
  const faults: string[] = [];
  const judge = (name: "min" | "max", bytes: Uint8Array | null, exact: boolean | null, found: Bound | null): void => {
    if (bytes === null) return;
    let bound: Bound;
    try {
      bound = boundFromFooter(bytes, leaf.element, order);
    } catch (error) {
      faults.push(`${name} has ${(error as Error).message}`);
      return;
    }
    if (found === null) return;
    const outside = name === "min" ? found < bound : found > bound;
    const shown = `${name} is ${showBound(bound, order)} in ${where}`;
    if (outside) faults.push(`${shown}, but ${showBound(found, order)} occurs`);
    else if (typeof bound === "number" && Number.isNaN(bound)) faults.push(`${shown}, which bounds nothing`);
    else if (exact === true && bound !== found)
      faults.push(`${shown} and marked exact, but the ${name} is ${showBound(found, order)}`);
  };
  judge("min", said.min, said.minExact, facts.min);
  judge("max", said.max, said.maxExact, facts.max);
  return faults;
}
