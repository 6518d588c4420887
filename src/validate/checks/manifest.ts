import { fail, pass, verdictOn } from "../report.ts";
import { check } from "./check.ts";

export const manifestRows = check("manifest-rows", ["manifest", "content"], ({ the: { manifest, content } }) =>
  content.rows === manifest.rows ? pass() : fail(`${content.rows} rows, the manifest says ${manifest.rows}`),
);

export const manifestRowGroups = check("manifest-row-groups", ["manifest", "footer"], ({ the: { manifest, footer } }) =>
  footer.rowGroups.length === manifest.row_groups
    ? pass()
    : fail(`${footer.rowGroups.length} row groups, the manifest says ${manifest.row_groups}`),
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
export const manifestNulls = check("manifest-nulls", ["manifest", "footer", "content"], ({ the }) => {
  const said = new Map(the.manifest.columns.map((column) => [column.name, column.nulls]));
  const faults = the.footer.fields.flatMap((field, i) => {
    const nulls = the.content.nullsByColumn[i] ?? 0;
    const expected = said.get(field.name);
    return expected === undefined || expected === nulls
      ? []
      : [`column ${JSON.stringify(field.name)} has ${nulls} nulls, the manifest says ${expected}`];
  });
  return verdictOn(faults);
});
