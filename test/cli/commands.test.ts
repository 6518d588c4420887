import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/program.ts";
import { run, start } from "../support/command-line.ts";

describe("every command", () => {
  for (const spec of COMMANDS) {
    it(`has a folder of its name, as ${spec.name} has, with what it takes and what it does`, async () => {
      const folder = new URL(`../../src/cli/commands/${spec.name}/`, import.meta.url);
      assert.ok(existsSync(new URL("spec.ts", folder)) && existsSync(new URL("action.ts", folder)));
      assert.equal(typeof (await spec.load()), "function");
      assert.equal(new Set(spec.flags).size, spec.flags.length);
    });
  }
});

describe("the result of a command", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "result-"));
    await writeFile(join(folder, "bad.parquet"), "no Parquet");
  });
  after(() => rm(folder, { recursive: true }));

  it("is printed as text, or with --json as one document with version, command and exit code", async () => {
    const options = { bin: "pg-bronze", cwd: folder } as const;
    const text = await run(["validate", "bad.parquet"], options);
    assert.match(text.stdout, /^0 passed, 1 failed/m);
    const json = await run(["validate", "bad.parquet", "--json"], options);
    const { version, command, exit_code, summary } = JSON.parse(json.stdout) as Record<string, unknown>;
    assert.deepEqual([version, command, exit_code], [1, "validate", 1]);
    assert.equal((summary as { failed: number }).failed, 1);
    assert.deepEqual([text.code, json.code], [1, 1]);
  });

  it("is an empty list of runs where there is no run", async () => {
    const args = ["runs", "--sink", `file://${folder}/empty`];
    const { code, stdout } = await run([...args, "--json"], { bin: "pg-bronze" });
    assert.equal(code, 0);
    const sink = `file://${folder}/empty`;
    assert.deepEqual(JSON.parse(stdout), { version: 1, command: "runs", exit_code: 0, object: "parcel", sink, runs: [] });
    assert.match((await run(args, { bin: "pg-bronze" })).stdout, /^parcel has no run in file:/);
  });

  it("is its exit code, whether or not the reader of stdout is still there", async () => {
    const child = start(["validate", "bad.parquet"], { bin: "pg-bronze", cwd: folder });
    const closed = once(child, "close");
    child.stdout?.destroy();
    child.stderr?.resume();
    assert.deepEqual(await closed, [1, null]);
  });
});
