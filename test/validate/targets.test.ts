import assert from "node:assert/strict";
import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { landingKey } from "../../src/ledger/paths.ts";
import { openSink } from "../../src/sink/open.ts";
import type { ValidationReport } from "../../src/validate/report.ts";
import { type S3Server, startS3Server } from "../support/s3-server/index.ts";
import { checksOf, KEY, parcels, type Sandbox, sandbox, shardFile } from "./landed-file.ts";

const ROWS = parcels(200);
const keyOf = (county: string, day = "2026-11-30") =>
  `linode/dataset=parcel/filename_stem=${county}/snapshot_dt=${day}/${county}_${day}.parquet`;

function verdicts(report: ValidationReport): Record<string, string> {
  return Object.fromEntries(report.files.map((file) => [file.file.split("/").at(-1)!, file.verdict]));
}

describe("validate's targets", () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = await sandbox();
  });
  afterEach(() => box.remove());

  const land = (county: string, day = "2026-11-30", run = `run-${day}`) =>
    box.land({
      key: keyOf(county, day),
      snapshotDt: day,
      rows: ROWS,
      manifest: (manifest) => {
        manifest.shard = county;
        manifest.run = run;
        manifest.finished_at = `${day}T00:00:00Z`;
      },
    });

  it("are files, file URLs, folders, and keys and prefixes of a sink", async () => {
    const path = await land("tx_travis");
    await land("tx_harris");
    const both = { "tx_harris_2026-11-30.parquet": "pass", "tx_travis_2026-11-30.parquet": "pass" };
    const one = { "tx_travis_2026-11-30.parquet": "pass" };
    assert.deepEqual(verdicts(await box.validate([path])), one);
    assert.deepEqual(verdicts(await box.validate([pathToFileURL(path).href])), one);
    assert.deepEqual(verdicts(await box.validate([box.folder])), both);
    assert.deepEqual(verdicts(await box.validate([join(box.folder, "linode")])), both);
    assert.deepEqual(verdicts(await box.validate([keyOf("tx_travis")], { sink: box.url })), one);
    assert.deepEqual(verdicts(await box.validate(["linode/dataset=parcel/"], { sink: box.url })), both);
    assert.deepEqual(verdicts(await box.validate(["linode/dataset=parcel/filename_stem=tx_h"], { sink: box.url })), {
      "tx_harris_2026-11-30.parquet": "pass",
    });
  });

  it("are compared with their manifest wherever the ledger stands above them", async () => {
    const path = await land("tx_travis");
    const [file] = (await box.validate([path])).files;
    assert.match(file!.manifest!, /_pg_bronze\/object=parcel\/landings\/tx_travis_2026-11-30-[0-9a-f]{16}\.json$/);
    const copy = await sandbox();
    await cp(box.folder, copy.folder, { recursive: true });
    const [copied] = (await copy.validate([join(copy.folder, keyOf("tx_travis"))])).files;
    assert.deepEqual([copied!.verdict, checksOf(copied!, "warn")], ["pass", ["etag"]]);
    await copy.remove();
  });

  it("take a folder of that name before keys that only begin with it", async () => {
    await land("tx_1");
    await land("tx_10");
    const report = await box.validate(["linode/dataset=parcel/filename_stem=tx_1"], { sink: box.url });
    assert.deepEqual(verdicts(report), { "tx_1_2026-11-30.parquet": "pass" });
  });

  it("are paths where the sink has no such key, and always when they begin like one", async () => {
    const path = await land("tx_travis");
    const elsewhere = relative(process.cwd(), path);
    for (const target of [path, elsewhere]) {
      assert.equal((await box.validate([target], { sink: "file:///nowhere" })).summary.passed, 1, target);
    }
  });

  it("are judged once when several targets name them", async () => {
    const path = await land("tx_travis");
    assert.equal((await box.validate([path, box.folder, path])).summary.files, 1);
  });

  it("are, for an object, what its latest run landed, a run, or an extract date", async () => {
    await land("tx_travis", "2026-10-31");
    await land("tx_travis");
    await land("tx_harris");
    const object = { sink: box.url, object: "parcel" };
    assert.equal((await box.validate([], object)).summary.files, 2);
    assert.deepEqual(verdicts(await box.validate([], { ...object, run: "run-2026-10-31" })), {
      "tx_travis_2026-10-31.parquet": "pass",
    });
    assert.deepEqual(verdicts(await box.validate([], { ...object, extractDate: "2026-10-31" })), {
      "tx_travis_2026-10-31.parquet": "pass",
    });
    await assert.rejects(box.validate([], { ...object, extractDate: "2026-01-01" }), { code: "USAGE", exitCode: 2 });
    await assert.rejects(box.validate([], { ...object, object: "verse" }), /holds no landed verse/);
    await assert.rejects(box.validate([], { object: "parcel" }), { code: "USAGE" });
  });

  it("fail without a manifest when the ledger is asked, and are remarked on when one file is named", async () => {
    const path = await land("tx_travis");
    await rm(join(box.folder, "_pg_bronze"), { recursive: true });
    await land("tx_harris");
    const found = (await box.validate([box.folder])).files.find((file) => file.file === path)!;
    assert.deepEqual(checksOf(found, "fail"), ["landed"]);
    const [byKey] = (await box.validate([keyOf("tx_travis")], { sink: box.url })).files;
    assert.deepEqual(checksOf(byKey!, "fail"), ["landed"]);
    const [plain] = (await box.validate([path])).files;
    assert.deepEqual([plain!.verdict, checksOf(plain!, "warn")], ["pass", ["landed"]]);
    assert.ok(checksOf(plain!, "skip").includes("manifest-rows"));
  });

  it("fail when a manifest's object is gone", async () => {
    await rm(await land("tx_travis"));
    await land("tx_harris");
    for (const report of [await box.validate([box.folder]), await box.validate([], { sink: box.url, object: "parcel" })]) {
      assert.deepEqual(verdicts(report), { "tx_harris_2026-11-30.parquet": "pass", "tx_travis_2026-11-30.parquet": "fail" });
      const missing = report.files.find((file) => file.verdict === "fail")!;
      assert.deepEqual(missing.checks, [
        { check: "landed", status: "fail", message: "the manifest names this object, but it is not there" },
      ]);
    }
  });

  it("fail for a manifest that can't be read, and the others are still judged", async () => {
    for (const county of ["tx_travis", "tx_harris", "tx_bexar"]) await land(county);
    const record = (county: string): string => join(box.folder, landingKey("parcel", keyOf(county)));
    await writeFile(record("tx_harris"), '{"version":2,"rows":');
    await writeFile(record("tx_bexar"), '{"version":3}');
    const report = await box.validate([], { sink: box.url, object: "parcel" });
    assert.deepEqual(
      report.files.map((file) => [
        file.file
          .split("/")
          .at(-1)!
          .replace(/-[0-9a-f]{16}/, ""),
        file.verdict,
      ]),
      [
        ["tx_travis_2026-11-30.parquet", "pass"],
        ["tx_bexar_2026-11-30.json", "fail"],
        ["tx_harris_2026-11-30.json", "fail"],
      ],
    );
    const newer = report.files.find((file) => /tx_bexar.*json$/.test(file.file))!;
    assert.match(newer.checks[0]!.message!, /is of ledger version 3; this pg-bronze reads version 2/);
  });

  it("compare with the manifest of the landing that wrote the object last", async () => {
    await land("tx_travis", "2026-11-30", "first");
    const path = await box.land({
      key: keyOf("tx_travis"),
      rows: ROWS.slice(0, 50),
      manifest: (manifest) => Object.assign(manifest, { shard: "tx_travis", run: "second", finished_at: "2026-12-01T00:00:00Z" }),
    });
    for (const target of [path, box.folder]) {
      const [file] = (await box.validate([target])).files;
      assert.deepEqual([file!.verdict, file!.rows], ["pass", 50], JSON.stringify(file));
    }
  });

  it("stop at the first failure when asked to", async () => {
    await land("tx_a");
    await rm(await land("tx_b"));
    await land("tx_c");
    const report = await box.validate([box.folder], { stopOnError: true });
    assert.deepEqual(verdicts(report), { "tx_a_2026-11-30.parquet": "pass", "tx_b_2026-11-30.parquet": "fail" });
    assert.equal(report.summary.not_validated, 1);
  });

  it("are judged several at once in the order that they were named", async () => {
    const counties = ["tx_a", "tx_b", "tx_c", "tx_d", "tx_e"];
    for (const county of counties) await land(county);
    const seen: number[] = [];
    const report = await box.validate([box.folder], { parallel: 3, onFile: (_, done, total) => seen.push(done * 10 + total) });
    assert.deepEqual(
      Object.keys(verdicts(report)),
      counties.map((county) => `${county}_2026-11-30.parquet`),
    );
    assert.deepEqual(seen, [15, 25, 35, 45, 55]);
  });

  it("end in a usage error when there is nothing there", async () => {
    await mkdir(join(box.folder, "empty"));
    for (const target of [join(box.folder, "absent.parquet"), join(box.folder, "empty")]) {
      await assert.rejects(box.validate([target]), { code: "USAGE", exitCode: 2 });
    }
    await assert.rejects(box.validate(["gs://bucket/x.parquet"]), { code: "SINK_INVALID", exitCode: 2 });
    await assert.rejects(box.validate(["absent.parquet"], { sink: box.url }), { code: "USAGE", exitCode: 2 });
    await assert.rejects(box.validate([]), { code: "USAGE", exitCode: 2 });
  });

  it("may have names that DuckDB would take for patterns, quotes and other scripts", async () => {
    const file = await shardFile({ rows: ROWS });
    for (const name of ["a[1].parquet", "what?*.parquet", 'it\'s "ü" — %20.parquet']) {
      await writeFile(join(box.folder, name), file);
      const report = await box.validate([join(box.folder, name)]);
      assert.deepEqual([report.summary.passed, report.files[0]!.rows], [1, 200], name);
      assert.equal(report.files[0]!.file, join(box.folder, name));
    }
  });

  it("leave nothing in the temporary folder, and end at once when cancelled", async () => {
    await land("tx_travis");
    const scratch = join(box.folder, "scratch");
    await mkdir(scratch);
    await box.validate([join(box.folder, "linode")], { temporaryFolder: scratch });
    const cancelled = box.validate([join(box.folder, "linode")], { temporaryFolder: scratch, signal: AbortSignal.abort() });
    await assert.rejects(cancelled, { code: "CANCELLED" });
    const controller = new AbortController();
    await land("tx_harris");
    const later = box.validate([join(box.folder, "linode")], {
      temporaryFolder: scratch,
      signal: controller.signal,
      onFile: () => controller.abort(),
    });
    await assert.rejects(later, { code: "CANCELLED" });
    assert.deepEqual(await readdir(scratch), []);
  });
});

describe("validate's targets in S3", () => {
  let server: S3Server;
  let box: Sandbox;
  before(async () => {
    server = await startS3Server();
    box = await sandbox();
  });
  after(async () => {
    await box.remove();
    await server.close();
  });
  afterEach(() => server.faults.clear());

  const open = (url: string) =>
    openSink(url, { endpoint: server.endpoint, pathStyle: true, credentials: server.credentials, maxAttempts: 1 });
  const scratch = join(tmpdir(), `pg-bronze-test-scratch-${process.pid}`);
  before(() => mkdir(scratch));
  after(() => rm(scratch, { recursive: true }));
  const check = (targets: string[], options = {}) =>
    box.validate(targets, { openSink: open, temporaryFolder: scratch, ...options });

  before(async () => void (await box.land({ rows: ROWS, sink: await open("s3://bronze/lake") })));

  it("are fetched, judged against the ledger above them, and removed", async () => {
    for (const [targets, options] of [
      [[`s3://bronze/lake/${KEY}`], {}],
      [["s3://bronze/lake/linode/"], {}],
      [["s3://bronze/lake"], {}],
      [["s3://bronze"], {}],
      [[KEY], { sink: "s3://bronze/lake" }],
      [[], { sink: "s3://bronze/lake", object: "parcel" }],
    ] as const) {
      const report = await check([...targets], options);
      assert.equal(report.summary.passed, 1, JSON.stringify(report));
      const [file] = report.files;
      assert.equal(file!.file, `s3://bronze/lake/${KEY}`);
      assert.equal(file!.rows, 200);
    }
    assert.deepEqual(await readdir(scratch), []);
  });

  it("fail alone when they can't be read, and leave nothing behind", async () => {
    server.faults.add({
      fault: { kind: "error", status: 500, code: "InternalError" },
      when: ({ operation, key }) => operation === "GetObject" && key.endsWith(".parquet"),
    });
    const report = await check(["s3://bronze/lake/linode/"]);
    assert.deepEqual(checksOf(report.files[0]!, "fail"), ["readable"]);
    assert.deepEqual(await readdir(scratch), []);
  });

  it("end the validation when the store lets nobody in", async () => {
    server.faults.add({ fault: { kind: "error", status: 403, code: "AccessDenied" } });
    await assert.rejects(check(["s3://bronze/lake/linode/"]), { code: "SINK_DENIED", exitCode: 2 });
  });
});
