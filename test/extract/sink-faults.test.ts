import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ExtractResult } from "../../src/extract/contract.ts";
import { readLanding } from "../../src/ledger/claims.ts";
import type { Landing } from "../../src/ledger/landing.ts";
import { landingKey, receiptKey } from "../../src/ledger/paths.ts";
import type { ErrorCode } from "../../src/model/errors.ts";
import { openSink } from "../../src/sink/open.ts";
import { type ExtractOptions, extract, failureOf, landed, objectConfig } from "../support/extract.ts";
import { type Fault, type FaultRule, onOperation, type RequestFacts } from "../support/s3-server/index.ts";
import type { StoredObject } from "../support/s3-server/store.ts";
import { workplace } from "../support/workplace.ts";
import { besidesLedger, filesBelow, openS3Place, type S3Place } from "./places.ts";

const MIB = 1 << 20;
/** 14 MB that don't compress: three parts of 5 MiB. */
const QUERY = "SELECT i AS id, repeat(md5(i::text), 14) AS t FROM generate_series(1, 32000) i";
const LARGE = objectConfig({
  source: { query: QUERY },
  sink: { part_bytes: 5 * MIB },
  parquet: { compression: "none", row_group_bytes: 4 * MIB },
});
const SMALL = objectConfig({ source: { query: "SELECT 1 AS a" } });
const KEY = "test/things_2026-11-30.parquet";

const place = workplace();

describe("an extract to S3", () => {
  let s3: S3Place;
  before(async () => {
    s3 = await openS3Place();
  });
  after(() => s3.close());
  beforeEach(() => s3.clear());

  const land = (config: typeof LARGE, url = s3.url, options: ExtractOptions = {}): Promise<ExtractResult> =>
    extract(config, place.database.dsn, url, { ...options, env: { ...process.env, ...s3.env } });
  const error = (status: number, code: string): Fault => ({ kind: "error", status, code });
  const on =
    (operation: string, key: string) =>
    (facts: RequestFacts): boolean =>
      facts.operation === operation && facts.key === key;
  const RECORD = landingKey("things", KEY);
  const onClaim = { when: on("PutObject", RECORD), times: 1 };
  const onCommit = { when: on("PutObject", RECORD), skip: 1, times: 1 };

  async function recordOf(): Promise<Landing> {
    const sink = await openSink(s3.url, { env: s3.env });
    const record = await readLanding(sink, "things", KEY);
    await sink.close();
    return record!.value;
  }
  const data = (): string[] => besidesLedger(s3.contents());

  it("lands over several parts, looks at the object, commits it, and then writes the receipt", async () => {
    const manifest = landed(await land(LARGE));
    assert.deepEqual(data(), [KEY]);
    const receipt = receiptKey("things", manifest.run, manifest.shard);
    const names = new Map([
      [KEY, "object"],
      [RECORD, "record"],
      [receipt, "receipt"],
    ]);
    const operations = s3.server.requests.map(({ operation, key }) => `${operation} ${names.get(key)}`);
    const complete = operations.indexOf("CompleteMultipartUpload object");
    assert.ok(operations.filter((operation) => operation === "UploadPart object").length >= 3);
    assert.deepEqual(operations.slice(complete + 1, complete + 4), ["GetObject object", "PutObject record", "PutObject receipt"]);
  });

  const passing: [string, FaultRule][] = [
    ["a burst of 503", { fault: error(503, "SlowDown"), times: 3 }],
    [
      "a connection cut in the middle of a part",
      { fault: { kind: "cut", afterBytes: MIB }, when: onOperation("UploadPart"), times: 2 },
    ],
    ["a lost answer to its claim", { fault: { kind: "lose-answer" }, ...onClaim }],
    [
      "a lost answer to its publication",
      { fault: { kind: "lose-answer" }, when: onOperation("CompleteMultipartUpload"), times: 1 },
    ],
    ["a lost answer to its commit", { fault: { kind: "lose-answer" }, ...onCommit }],
    ["a commit that is refused though nobody came between", { fault: error(412, "PreconditionFailed"), ...onCommit }],
    ["a verification that breaks off", { fault: { kind: "short-body", bytes: 3 }, when: on("GetObject", KEY), times: 1 }],
  ];
  for (const [what, rule] of passing) {
    it(`lands in spite of ${what}`, async () => {
      s3.server.faults.add(rule);
      const manifest = landed(await land(LARGE));
      assert.equal(manifest.rows, 32_000);
      assert.deepEqual(data(), [KEY]);
      assert.equal((await recordOf()).manifest?.token, manifest.token);
    });
  }

  const denied = error(403, "AccessDenied");
  const beforehand: [string, FaultRule, ErrorCode, number][] = [
    ["access denied on the landing record", { fault: denied, when: on("GetObject", RECORD) }, "SINK_DENIED", 2],
    ["access denied on the upload", { fault: denied, when: onOperation("CreateMultipartUpload") }, "SINK_DENIED", 2],
    ["access denied on a part", { fault: denied, when: ({ partNumber }) => partNumber === 2 }, "SINK_DENIED", 2],
    ["503 without end", { fault: error(503, "ServiceUnavailable"), when: onOperation("UploadPart") }, "SINK_FAILED", 1],
    [
      "connections that are always cut",
      { fault: { kind: "cut", afterBytes: MIB }, when: onOperation("UploadPart") },
      "SINK_FAILED",
      1,
    ],
    ["a full store", { fault: error(403, "QuotaExceeded"), when: onOperation("UploadPart") }, "SINK_FULL", 1],
    ["expired credentials", { fault: error(400, "ExpiredToken"), when: onOperation("UploadPart") }, "CREDENTIALS", 2],
    ["a claim that can't be written", { fault: denied, ...onClaim }, "SINK_DENIED", 2],
  ];
  for (const [what, rule, code, exitCode] of beforehand) {
    it(`leaves no object and no open upload after ${what}, and lands the next time`, async () => {
      s3.server.faults.add(rule);
      const failure = await failureOf(land(LARGE));
      assert.deepEqual([failure.code, failure.exitCode], [code, exitCode], failure.message);
      assert.match(failure.message, /s3:\/\/bronze\//);
      assert.deepEqual(data(), []);
      s3.server.faults.clear();
      assert.equal(landed(await land(SMALL)).rows, 1);
    });
  }

  /** Changes what the bucket holds between the object's publication and its verification. */
  const meddled = (change: (object: StoredObject) => StoredObject): FaultRule => {
    const { objects } = s3.server.bucket("bronze");
    const when = (facts: RequestFacts): boolean => {
      if (on("GetObject", KEY)(facts)) objects.set(KEY, change(objects.get(KEY)!));
      return false;
    };
    return { fault: { kind: "hang" }, when };
  };

  const afterwards: [string, () => FaultRule, ErrorCode, RegExp][] = [
    [
      "an object that can't be read back",
      () => ({ fault: denied, when: on("GetObject", KEY) }),
      "SINK_DENIED",
      /s3:\/\/bronze\//,
    ],
    ["a commit that can't be written", () => ({ fault: denied, ...onCommit }), "SINK_DENIED", /_pg_bronze/],
    [
      "an object that is not whole in the store",
      () => meddled((object) => ({ ...object, bytes: object.bytes - 1 })),
      "SINK_FAILED",
      /is not what was written there/,
    ],
    [
      "an object that another program put in its place",
      () => meddled((object) => ({ ...object, etag: '"another program\'s"' })),
      "SINK_FAILED",
      /is not what was written there/,
    ],
    [
      "a checksum of other bytes",
      () => ({ fault: { kind: "wrong-checksum" }, when: onOperation("CompleteMultipartUpload") }),
      "SINK_CHECKSUM",
      /other bytes than were sent/,
    ],
  ];
  for (const [what, rule, code, message] of afterwards) {
    it(`vouches for nothing and deletes nothing after ${what}, and lands over it the next time`, async () => {
      s3.server.faults.add(rule());
      const failure = await failureOf(land(LARGE));
      assert.equal(failure.code, code, failure.message);
      assert.match(failure.message, message);
      assert.deepEqual(data(), [KEY]);
      const { manifest, holder, ended } = await recordOf();
      assert.deepEqual([manifest, holder, ended?.error?.code], [null, null, code]);
      s3.server.faults.clear();
      const next = landed(await land(SMALL));
      assert.equal((await recordOf()).manifest?.token, next.token);
      assert.deepEqual(data(), [KEY]);
    });
  }

  it("keeps the manifest of an earlier landing where the next one fails before it is visible", async () => {
    const earlier = landed(await land(SMALL));
    s3.server.faults.add({ fault: denied, when: onOperation("UploadPart") });
    // Planned in one second of the store's clock, two runs are told apart by their names, and either may count as the later.
    await failureOf(land(LARGE, s3.url, { replace: true }));
    const { manifest, ended } = await recordOf();
    assert.deepEqual([manifest?.token, ended?.outcome], [earlier.token, "failed"]);
    assert.equal(s3.server.bucket("bronze").objects.get(KEY)?.etag, earlier.etag);
  });

  it("keeps the first failure's message when the clean-up fails too, and says what is left", async () => {
    s3.server.faults.add({ fault: error(403, "AccessDenied"), when: onOperation("AbortMultipartUpload") });
    const broken = objectConfig({
      ...LARGE,
      source: {
        query:
          "SELECT CASE WHEN i = 31000 THEN 'NaN'::numeric(9,2) ELSE i END AS n, repeat(md5(i::text), 14) AS t FROM generate_series(1, 32000) i",
      },
      columns: { n: { as: "decimal(9,2)" } },
    });
    const failure = await failureOf(land(broken));
    assert.equal(failure.code, "UNREPRESENTABLE");
    assert.match(String(failure.context["leftover"]), /upload .* is still open/);
  });

  it("says so when the bucket doesn't exist, and ends with 2", async () => {
    for (const config of [SMALL, LARGE]) {
      const failure = await failureOf(land(config, "s3://no-such-bucket/prefix"));
      assert.deepEqual([failure.code, failure.exitCode], ["SINK_MISSING", 2]);
      assert.match(failure.message, /the bucket does not exist/);
    }
  });
});

describe("an extract to a folder", () => {
  it("says so when it may not be written, and ends with 2", async (t) => {
    const path = join(place.folder.path, "denied");
    await mkdir(path);
    await chmod(place.folder.path, 0o755);
    await chmod(path, 0o555);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    t.after(() => isRoot && process.seteuid?.(0));
    const failure = await failureOf(extract(SMALL, place.database.dsn, `${place.folder.url}/denied`));
    assert.deepEqual([failure.code, failure.exitCode], ["SINK_DENIED", 2]);
    if (isRoot) process.seteuid?.(0);
    assert.deepEqual(await filesBelow(path), []);
  });

  it("says so when the sink is a file, and ends with 2", async () => {
    await writeFile(join(place.folder.path, "file"), "");
    const failure = await failureOf(extract(SMALL, place.database.dsn, `${place.folder.url}/file`));
    assert.equal(failure.exitCode, 2, `${failure.code}: ${failure.message}`);
  });

  it("says so when the disk is full, and leaves nothing", async (t) => {
    const path = join(place.folder.path, "full");
    await mkdir(path);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path]).status !== 0) {
      return t.skip("mount(2) isn't allowed here: test/sink/file-faults.test.ts shows the same by a limit");
    }
    t.after(() => void spawnSync("umount", [path]));
    const failure = await failureOf(extract(LARGE, place.database.dsn, `${place.folder.url}/full`));
    assert.deepEqual([failure.code, failure.exitCode], ["SINK_FULL", 1]);
    assert.deepEqual(besidesLedger(await filesBelow(path)), []);
    assert.equal(landed(await extract(SMALL, place.database.dsn, `${place.folder.url}/full`)).rows, 1);
  });
});
