/** Writes docs/reference.md: `npm run reference`. */
import { writeFile } from "node:fs/promises";
import { reference } from "../src/cli/reference.ts";

await writeFile(new URL("../docs/reference.md", import.meta.url), reference());
