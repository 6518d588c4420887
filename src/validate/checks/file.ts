import { writtenByUs } from "../../read/footer.ts";
import { fail, pass, skip, verdictOn, warn } from "../report.ts";
import { check } from "./check.ts";

export const footer = check("footer", [], ({ footer: found }) => {
  if (found.known) return pass();
  return found.beyond === true ? warn(found.reason) : fail(found.reason);
});

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
export const readable = check("readable", ["footer"], ({ content, the }) => {
  if (content.known) return pass();
  // What we write, DuckDB reads; of others' files it doesn't read all that are right.
  return content.beyond === true && !writtenByUs(the.footer) ? warn(content.reason) : fail(content.reason);
});

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
