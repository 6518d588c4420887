/** Writes the JSON Schemas that editors read: `npm run schema`. */
import { writeFile } from "node:fs/promises";
import { JSON_SCHEMAS } from "./json-schemas.ts";

for (const [name, render] of Object.entries(JSON_SCHEMAS)) {
  await writeFile(new URL(`../config/${name}`, import.meta.url), render());
}
