/** Writes the reference of flags into the README, between its markers: `npm run reference`. */
import { readFile, writeFile } from "node:fs/promises";
import { REFERENCE_MARKERS, withReference } from "../src/cli/reference.ts";

const file = new URL("../README.md", import.meta.url);
const readme = withReference(await readFile(file, "utf8"));
if (readme === null) throw new Error(`README.md has no ${REFERENCE_MARKERS.join(" … ")}`);
await writeFile(file, readme);
