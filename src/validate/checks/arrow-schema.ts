import { arrowSchemaNames } from "../../columnar/read-arrow-schema.ts";
import { writtenByUs } from "../../read/footer.ts";
import { type Finding, fail, pass, skip, warn } from "../report.ts";
import { check } from "./check.ts";

const KEY = "ARROW:schema";

/** The footer's Arrow schema decodes, and names the file's columns: pyarrow opens no file with one that doesn't decode. */
export const arrowSchema = check("arrow-schema", ["footer"], ({ the: { footer } }): Finding => {
  const text = footer.keyValues.get(KEY);
  if (text === undefined) return skip(`no ${KEY}`);
  const names = arrowSchemaNames(text);
  if (names === null) return fail(`${KEY} doesn't decode: pyarrow can't open such a file`);
  const disagreement = nameFault(
    footer.fields.map((field) => field.name),
    names,
  );
  if (disagreement === null) return pass();
  return writtenByUs(footer) ? fail(disagreement) : warn(disagreement);
});

function nameFault(columns: readonly string[], names: readonly string[]): string | null {
  if (names.length !== columns.length) return `${KEY} has ${names.length} columns, the file ${columns.length}`;
  const other = columns.findIndex((name, i) => names[i] !== name);
  if (other < 0) return null;
  return `column ${other + 1} is ${JSON.stringify(columns[other])}, ${KEY} calls it ${JSON.stringify(names[other])}`;
}
