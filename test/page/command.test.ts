import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { run } from "../support/command-line.ts";
import { counties, countyShards, openLedger, writeRun } from "../support/written-ledger.ts";

let folder: string;
let ledger: Awaited<ReturnType<typeof openLedger>>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-report-"));
  ledger = await openLedger();
  const shards = countyShards(counties(["ri"]), (_, index) => (index === 0 ? "missing" : "landed"));
  await writeRun(ledger.sink, { object: "parcel", run: "2026-10-31-a", snapshotDt: "2026-10-31", shards });
  await writeRun(ledger.sink, { object: "parcel", run: "2026-11-30-b", snapshotDt: "2026-11-30", shards });
});
after(async () => {
  await ledger.remove();
  await rm(folder, { recursive: true });
});

const report = (...args: string[]) =>
  run(["report", "--sink", pathToFileURL(ledger.folder).href, "--log-format", "text", ...args], {
    bin: "pg-bronze",
    cwd: folder,
  });

describe("report", () => {
  it("writes the latest run of the object, over an older report", async () => {
    await writeFile(join(folder, "run.html"), "old");
    const { code, stdout, stderr } = await report("--object", "parcel", "--out", "run.html");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^parcel, run 2026-11-30-b: 1 missing, 4 landed\nrun\.html \(\d+ kB\)\n$/);
    assert.match(await readFile(join(folder, "run.html"), "utf8"), /^<!doctype html>[\s\S]*<title>parcel 2026-11-30 /);
    assert.deepEqual(await readdir(folder), ["run.html"]);
  });

  it("writes the run that is named, to a file named after it, and says so as JSON", async () => {
    const { code, stdout } = await report("2026-10-31-a", "--json");
    assert.equal(code, 0);
    const { version, run, file, shards } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([version, run, file, shards], [1, "2026-10-31-a", "parcel-2026-10-31-a.html", { missing: 1, landed: 4 }]);
    await rm(join(folder, "parcel-2026-10-31-a.html"));
  });

  it("prints the page on stdout for -", async () => {
    const { code, stdout } = await report("--out", "-");
    assert.equal(code, 0);
    assert.match(stdout, /^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  for (const [name, args, message] of [
    ["there is no such run", ["none"], /^error: parcel has no run none in file:/],
    ["the object has no run", ["--object", "verse"], /^error: verse has no run in file:/],
    ["the file can't be written", ["--out", "no/run.html"], /^error: --out: ENOENT/],
    ["page and JSON both want stdout", ["--out", "-", "--json"], /^error: --json and --out - both want stdout/],
  ] as const) {
    it(`ends with 2 when ${name}`, async () => {
      const { code, stderr } = await report(...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});
