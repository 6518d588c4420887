import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own folder; `config/` with the shipped files stands in it. The same from `src/` and from `dist/`. */
export const PACKAGE_FOLDER = fileURLToPath(new URL("../../", import.meta.url));

/** A file of the project in the working directory wins over the one that is shipped; a file in neither is expected in the former. */
export function findFile(path: string, cwd: string = process.cwd()): string {
  const own = resolve(cwd, path);
  if (isAbsolute(path) || existsSync(own)) return own;
  const shipped = resolve(PACKAGE_FOLDER, path);
  return existsSync(shipped) ? shipped : own;
}
