import { fail, pass, verdictOn } from "../report.ts";
import { check } from "./check.ts";

export const manifestRows = check("manifest-rows", ["file", "content"], ({ the: { file, content } }) =>
  content.rows === file.rows ? pass() : fail(`${content.rows} rows, the manifest says ${file.rows}`),
);

export const manifestRowGroups = check("manifest-row-groups", ["file", "footer"], ({ the: { file, footer } }) =>
  footer.rowGroups.length === file.row_groups
    ? pass()
    : fail(`${footer.rowGroups.length} row groups, the manifest says ${file.row_groups}`),
);

/** Names, order and Parquet types. */
export const manifestColumns = check("manifest-columns", ["manifest", "footer"], ({ the: { manifest, footer } }) => {
  const faults: string[] = [];
  const { fields } = footer;
  const { columns } = manifest;
  if (fields.length !== columns.length) faults.push(`${fields.length} columns, the manifest says ${columns.length}`);
  for (let i = 0; i < Math.min(fields.length, columns.length); i++) {
    const [found, said] = [fields[i]!, columns[i]!];
    if (found.name !== said.name) {
      faults.push(`column ${i + 1} is ${JSON.stringify(found.name)}, the manifest says ${JSON.stringify(said.name)}`);
    } else if (found.label !== said.parquet) {
      faults.push(`column ${JSON.stringify(found.name)} is ${found.label}, the manifest says ${said.parquet}`);
    }
  }
  return verdictOn(faults, `${fields.length} columns`);
});

/** Rows in which a column is null. */
export const manifestNulls = check("manifest-nulls", ["file", "footer", "content"], ({ the }) => {
  const said = new Map(the.file.columns.map((column) => [column.name, column.nulls]));
  const faults = the.footer.fields.flatMap((field, i) => {
    const nulls = the.content.nullsByColumn[i] ?? 0;
    const expected = said.get(field.name);
    return expected === undefined || expected === nulls
      ? []
      : [`column ${JSON.stringify(field.name)} has ${nulls} nulls, the manifest says ${expected}`];
  });
  return verdictOn(faults);
});
