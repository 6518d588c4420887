import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The compiled command line, which starts in a tenth of the time that the sources take. */
export const COMPILED_CLI: string = join(ROOT, "dist", "cli", "bin", "pg-bronze.js");

/** True when the command line was never compiled, or sources are newer. */
export function needsBuild(): boolean {
  if (!existsSync(COMPILED_CLI)) return true;
  const builtMs = statSync(COMPILED_CLI).mtimeMs;
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).some(
    (file) => file.endsWith(".ts") && statSync(join(ROOT, "src", file)).mtimeMs > builtMs,
  );
}

/** How to compile it: `npm run build`, by the npm that runs this process where there is one. */
export function buildCommand(): { readonly program: string; readonly args: readonly string[] } {
  const npm = process.env["npm_execpath"];
  return npm === undefined
    ? { program: "npm", args: ["run", "--silent", "build"] }
    : { program: process.execPath, args: [npm, "run", "--silent", "build"] };
}
