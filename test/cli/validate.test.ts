import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parquetWriteFile } from "hyparquet-writer";
import { run } from "../support/command-line.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-validate-"));
  parquetWriteFile({ filename: join(folder, "good.parquet"), columnData: [{ name: "id", data: [1, 2, 3], type: "INT32" }] });
  await copyFile(join(folder, "good.parquet"), join(folder, "cut.parquet"));
  const whole = await readFile(join(folder, "good.parquet"));
  await writeFile(join(folder, "cut.parquet"), whole.subarray(0, whole.length - 20));
});
after(() => rm(folder, { recursive: true }));

const validate = (...args: string[]) => run(["validate", ...args], { bin: "pg-bronze", cwd: folder, env: { OBJECT: "" } });

describe("validate", () => {
  it("ends with 0 and says what was checked when a file is good", async () => {
    const { code, stdout } = await validate("good.parquet", "--log-format", "text");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok .*good\.parquet \(3 rows, /m);
    assert.match(stdout, /^1 passed, 0 failed.*: 3 rows, /m);
  });

  it("ends with 1 when one of the files is not whole, judges the others, and notes each result", async () => {
    await writeFile(join(folder, "targets.txt"), "# all\ncut.parquet\n\ngood.parquet\n");
    const { code, stdout } = await validate("--files-from", "targets.txt", "--results", "results.txt", "--json");
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as Record<string, unknown> & { summary: Record<string, number> };
    assert.deepEqual([report["command"], report["exit_code"], report["version"]], ["validate", 1, 1]);
    assert.deepEqual([report.summary["passed"], report.summary["failed"]], [1, 1]);
    assert.match(await readFile(join(folder, "results.txt"), "utf8"), /^FAIL\|.*cut\.parquet\nPASS\|.*good\.parquet\n$/);
  });

  for (const [name, args, message] of [
    ["nothing is named", [], /^error: Nothing was named to validate/],
    ["a target isn't there", ["none.parquet"], /none\.parquet/],
    ["the list of targets isn't there", ["--files-from", "none.txt"], /^error: The list of targets can.t be read/],
    ["the results can't be written", ["good.parquet", "--results", "no/where.txt"], /^error: --results: /],
  ] as const) {
    it(`ends with 2 when ${name}`, async () => {
      const { code, stdout, stderr } = await validate(...args);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, message);
    });
  }
});
