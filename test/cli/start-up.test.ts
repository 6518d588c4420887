import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../support/command-line.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

/** A module hook that notes the address of every module as it is loaded. */
const HOOK = `import { appendFileSync } from "node:fs";
export const load = (url, context, next) => (appendFileSync(process.env.LOADED_MODULES, url + "\\n"), next(url, context));`;
const REGISTER = `import { register } from "node:module"; register(${JSON.stringify(dataUrl(HOOK))});`;

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

const CONFIG = `object: verse
extract_pattern: single_table
source_system: linode
dataset: verse
source: { query: "SELECT 1 AS id" }
sink: { bucket: nobody-has-this-bucket, key: "{object}_{extract_date}.parquet" }
`;

describe("what is loaded, for it is most of what a small table costs", () => {
  let database: TestDatabase;
  let folder: string;
  before(async () => {
    database = await testDatabase();
    folder = await mkdtemp(join(tmpdir(), "start-up-"));
    await writeFile(join(folder, "verse.yaml"), CONFIG);
  });
  after(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** Addresses of the modules, from `node_modules/` or `src/` on; CommonJS modules inside a package are not all told. */
  async function loadedBy(args: readonly string[], { bin = "extract", expected = 0 } = {}): Promise<string[]> {
    const list = join(folder, "loaded.txt");
    await writeFile(list, "");
    const env = { LINODE_DSN: database.dsn, LOADED_MODULES: list, NODE_OPTIONS: `--import ${dataUrl(REGISTER)}` };
    const { code, stderr } = await run(args, { bin: bin as "extract", cwd: folder, env });
    assert.equal(code, expected, stderr);
    return (await readFile(list, "utf8")).split("\n").flatMap((url) => /(?:node_modules|src)\/.*/.exec(url)?.[0] ?? []);
  }

  it("is commander, our own flags and the names of submitters for --help", async () => {
    const modules = await loadedBy(["--help"]);
    const packages = modules.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    assert.deepEqual(new Set(packages.filter((name) => !TOOLS.has(name))), new Set(["commander"]));
    assert.deepEqual(
      modules.filter((path) => /^src\/(?!cli|model|submit\/(\w+\/spec|index)\.ts$)/.test(path)),
      [],
    );
    assert.ok(modules.filter((path) => path.startsWith("src/")).length < 45);
  });

  for (const command of ["status", "logs", "cancel", "publish"]) {
    it(`is nothing that reads tables or writes files when ${command} asks the ledger`, async () => {
      const places = command === "logs" ? ["never", "48113"] : ["never"];
      const args = [command, ...places, "--config", "verse.yaml", "--sink", `file://${folder}/ledger`];
      const modules = await loadedBy(args, { bin: "pg-bronze", expected: 2 });
      assert.ok(modules.includes("src/run/require-plan.ts") || modules.includes("src/ledger/plan.ts"), modules.join(" "));
      assert.deepEqual(
        modules.filter((path) => /^src\/(source|extract|pgtypes|columnar|parquet|hashkeys)\//.test(path)),
        [],
      );
    });
  }

  it("is no AWS SDK, and of Arrow the vocabulary alone, when a table lands in a folder", async () => {
    const modules = await loadedBy(["--config", "verse.yaml", "--sink", `file://${folder}/bronze`]);
    assert.ok(modules.includes("src/parquet/file-writer.ts"));
    assert.ok(modules.some((path) => path.endsWith("apache-arrow/schema.mjs")));
    const heavy =
      /node_modules\/(@aws-sdk|@smithy|@duckdb|pg-query-stream|apache-arrow\/(Arrow|recordbatch|table|vector|builder))/;
    assert.deepEqual(
      modules.filter((path) => heavy.test(path)),
      [],
    );
  });
});

/** What runs the sources in development. */
const TOOLS = new Set(["tsx", "esbuild", "get-tsconfig", "resolve-pkg-maps"]);
