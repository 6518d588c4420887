import { fail, pass, skip, verdictOn } from "../report.ts";
import { check } from "./check.ts";

export const footer = check("footer", [], ({ footer: found }) => (found.known ? pass() : fail(found.reason)));

/** Pages fill their column chunks, and hold as many values as the footer says. */
export const pages = check("pages", ["pages"], ({ the }) => verdictOn(the.pages.structureFaults, `${the.pages.pages} pages`));

export const checksums = check("checksums", ["pages"], ({ the: { pages: walk } }) => {
  if (walk.withChecksum === 0) return skip(walk.pages === 0 ? "no pages" : "the pages carry no checksums");
  return verdictOn(walk.checksumFaults, `${walk.withChecksum} of ${walk.pages} pages carry one`);
});

export const pageIndex = check("page-index", ["pages"], ({ the: { pages: walk } }) =>
  walk.indexed === 0 ? skip("the file has no offset index") : verdictOn(walk.indexFaults),
);

/** DuckDB decodes every value of every column. */
export const readable = check("readable", ["footer"], ({ content }) => (content.known ? pass() : fail(content.reason)));

export const rowCount = check("row-count", ["footer", "content"], ({ the: { footer: said, content } }) => {
  const faults: string[] = [];
  const inGroups = said.rowGroups.reduce((sum, group) => sum + group.rows, 0);
  if (said.rows !== inGroups) faults.push(`the footer says ${said.rows} rows, its row groups ${inGroups}`);
  if (content.rows !== inGroups) faults.push(`${content.rows} rows were read, the row groups say ${inGroups}`);
  content.rowsByGroup?.forEach((rows, g) => {
    if (rows !== said.rowGroups[g]?.rows)
      faults.push(`row group ${g} gave ${rows} rows, the footer says ${said.rowGroups[g]?.rows}`);
  });
  return verdictOn(faults, `${content.rows} rows`);
});
