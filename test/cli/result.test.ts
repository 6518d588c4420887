import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeVerse, type Verse } from "../support/verse.ts";

let verse: Verse;
let folder: string;
let sink: string;
before(async () => {
  verse = await makeVerse();
  folder = await mkdtemp(join(tmpdir(), "result-"));
  sink = await verse.sink();
  const { code, stderr } = await verse.command(sink, ["submit-local", "--geoid", "48113", "--run", "one"]);
  assert.equal(code, 0, stderr);
});
after(async () => {
  await verse.drop();
  await rm(folder, { recursive: true });
});

describe("--json", () => {
  it("prints the same document over many lines, or in the last line alone with =compact or its variable", async () => {
    const plain = await verse.command(sink, ["status", "one", "--json"]);
    assert.ok(plain.stdout.split("\n").length > 10);
    for (const [args, env] of [
      [["status", "one", "--json=compact"], {}],
      [["status", "one"], { JSON_OUTPUT: "compact" }],
    ] as const) {
      const compact = await verse.command(sink, args, env);
      assert.equal(compact.stdout.trimEnd().split("\n").length, 1);
      assert.deepEqual(JSON.parse(compact.stdout), JSON.parse(plain.stdout));
    }
  });

  it("never takes the word behind it for its value", async () => {
    const { code, stdout } = await verse.command(sink, ["status", "--json", "one"]);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { run: string }).run, "one");
  });

  it("prints a failure in one line too, with its exit code, and refuses other forms", async () => {
    const { code, stdout } = await verse.command(sink, ["status", "never", "--json=compact"]);
    assert.equal(code, 2);
    assert.equal(stdout.trimEnd().split("\n").length, 1);
    const { exit_code, error } = JSON.parse(stdout) as { exit_code: number; error: { code: string } };
    assert.deepEqual([exit_code, error.code], [2, "USAGE"]);
    const wrong = await verse.command(sink, ["status", "--json=pretty"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--json: "pretty" is neither true nor false/);
  });
});

describe("--result", () => {
  it("writes what --json would print, beside the text, and replaces what was there", async () => {
    const file = join(folder, "return.json");
    await writeFile(file, "old");
    const { code, stdout } = await verse.command(sink, ["status", "one", "--result", file]);
    assert.equal(code, 0);
    assert.match(stdout, /^run one of parcel/);
    const asked = await verse.command(sink, ["status", "one", "--json"]);
    assert.equal(await readFile(file, "utf8"), asked.stdout);
    assert.deepEqual(await readdir(folder), ["return.json"]);
  });

  it("writes the failure of a command that fails", async () => {
    const file = join(folder, "return.json");
    const { code } = await verse.command(sink, ["status", "never", "--result", file]);
    assert.equal(code, 2);
    const { command, exit_code, error } = JSON.parse(await readFile(file, "utf8")) as {
      command: string;
      exit_code: number;
      error: { message: string };
    };
    assert.deepEqual([command, exit_code], ["status", 2]);
    assert.match(error.message, /has no planned run never/);
  });

  it("is refused before anything is done where the folder isn't there", async () => {
    const empty = await verse.sink();
    const file = join(folder, "no", "return.json");
    const { code, stderr } = await verse.command(empty, ["submit-local", "--geoid", "48113", "--result", file]);
    assert.equal(code, 2);
    assert.match(stderr, /--result: ENOENT/);
    assert.deepEqual(await readdir(new URL(empty)), []);
  });
});
