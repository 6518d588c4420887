import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A fault put into the code: `find` stands there once, and `replace` takes its place. */
export interface Patch {
  /** Relative to the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const emitted = new Map<string, string>();

/**
 * Compiles a program of the simulation and the code it runs into a folder, with `patches` in it. Types are not checked.
 * @param name of the program, beside this file, without its ending
 * @returns path of the compiled program
 * @throws Error for a patch whose text is not, or not once, where it was
 */
export async function compileSimulation(folder: string, name: string, patches: readonly Patch[] = []): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, "node_modules"))) await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await copyFile(join(ROOT, "package.json"), join(folder, "package.json"));
  const entry = join(ROOT, `test/simulation/${name}.ts`);
  const compiled = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (compiled.has(file)) continue;
    compiled.add(file);
    const output = await emit(file, patches);
    const target = join(folder, relative(ROOT, file).replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, output);
    for (const [, name] of output.matchAll(/\bfrom "(\.[^"]+)\.js"/g)) open.push(resolve(dirname(file), `${name}.ts`));
  }
  for (const { file } of patches) {
    if (!compiled.has(join(ROOT, file))) throw new Error(`${name} doesn't run ${file}`);
  }
  return join(folder, `test/simulation/${name}.js`);
}

async function emit(file: string, patches: readonly Patch[]): Promise<string> {
  let text = await readFile(file, "utf8");
  for (const { find, replace } of patches.filter((patch) => join(ROOT, patch.file) === file)) {
    const found = text.split(find).length - 1;
    if (found !== 1) throw new Error(`${relative(ROOT, file)} has this ${found} times: ${find}`);
    text = text.replace(find, () => replace);
  }
  const known = emitted.get(text);
  if (known !== undefined) return known;
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  emitted.set(text, outputText);
  return outputText;
}
