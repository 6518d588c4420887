import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ValidationReport } from "../../src/validate/report.ts";
import { KEY, parcels, type Sandbox, sandbox } from "./landed-file.ts";

const BIN = fileURLToPath(new URL("../../src/cli/bin/pg-bronze.ts", import.meta.url));
const TSX = import.meta.resolve("tsx");

describe("pg-bronze validate", () => {
  let box: Sandbox;
  let good: string;
  let bad: string;
  before(async () => {
    box = await sandbox();
    good = await box.land({ rows: parcels(100) });
    bad = await box.land({
      key: "linode/dataset=parcel/snapshot_dt=2026-11-30/bad.parquet",
      rows: parcels(90),
      manifest: (manifest) => {
        manifest.shard = "48001";
        manifest.files[0].rows++;
      },
    });
  });
  after(() => box.remove());

  async function run(args: readonly string[], stdin = "") {
    const env = { PATH: process.env["PATH"], TMPDIR: box.folder };
    const child = spawn(process.execPath, ["--import", TSX, BIN, "validate", ...args], { cwd: box.folder, env });
    child.stdin.end(stdin);
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.on("close", resolve)),
    ]);
    return { stdout, stderr, code };
  }

  it("exits with 0 when all passed, 1 when one failed, 2 when there is nothing there", async () => {
    assert.deepEqual((await run([good])).code, 0);
    const failed = await run([good, bad]);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /fail +manifest-rows +90 rows, the manifest says 91/);
    assert.match(failed.stdout, /1 passed, 1 failed/);
    const absent = await run(["absent.parquet"]);
    assert.equal(absent.code, 2);
    assert.match(absent.stderr, /there is no Parquet file at absent\.parquet/);
    assert.equal((await run([])).code, 2);
  });

  it("prints the report as JSON on stdout", async () => {
    const { stdout, code } = await run(["--json", "linode/"]);
    const report = JSON.parse(stdout) as ValidationReport & { command: string; exit_code: number };
    assert.deepEqual([code, report.command, report.exit_code, report.version], [1, "validate", 1, 1]);
    assert.deepEqual(
      report.files.map((file) => [file.file, file.verdict]),
      [
        [good, "pass"],
        [bad, "fail"],
      ],
    );
  });

  it("reads targets from stdin and from a list, and records each verdict", async () => {
    const results = join(box.folder, "results.txt");
    await run(["-", "--results", results], `# landed\n\n${KEY}\r\n`);
    assert.equal(await readFile(results, "utf8"), `PASS|${good}\n`);
    await run(["--files-from", "-", "--results", results], `${good}\n${bad}\n`);
    assert.equal(await readFile(results, "utf8"), `PASS|${good}\nFAIL|${bad}\n`);
    await rm(results);
    const unwritable = await run([good, "--results", join(box.folder, "absent", "results.txt")]);
    assert.deepEqual([unwritable.code, /--results/.test(unwritable.stderr)], [2, true]);
  });
});
