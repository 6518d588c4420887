import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CLI } from "./contenders/ours.ts";
import { UsageError } from "./options.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Builds the command line that is measured, unless it is newer than every source. @throws UsageError when the build fails */
export function ensureBuilt(say: (line: string) => void): void {
  if (existsSync(CLI) && statSync(CLI).mtimeMs >= newestSourceMs()) return;
  say("npm run build");
  const { status, stdout, stderr, error } = spawnSync("npm", ["run", "build"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new UsageError(`npm run build failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

function newestSourceMs(): number {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return Math.max(...files.map((file) => statSync(join(ROOT, "src", file)).mtimeMs));
}
