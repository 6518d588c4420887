import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ExtractResult, ShardOutcome } from "../../src/extract/contract.ts";
import type { BronzeError, ErrorCode } from "../../src/model/errors.ts";
import { extract, landed, objectConfig } from "../support/extract.ts";
import { type Fault, onOperation, type RequestFacts } from "../support/s3-server/index.ts";
import type { StoredObject } from "../support/s3-server/store.ts";
import { workplace } from "../support/workplace.ts";
import { filesBelow, openS3Place, type S3Place } from "./places.ts";

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

function failureOf({ shards }: ExtractResult): BronzeError {
  const [shard] = shards as [ShardOutcome];
  assert.ok(shard.outcome === "failed", `the shard is ${shard.outcome}`);
  return shard.error;
}

describe("an extract to S3", () => {
  let s3: S3Place;
  before(async () => {
    s3 = await openS3Place();
  });
  after(() => s3.close());
  beforeEach(() => s3.clear());

  const land = (config: typeof LARGE, url = s3.url): Promise<ExtractResult> =>
    extract(config, place.database.dsn, url, { env: { ...process.env, ...s3.env } });
  const error = (status: number, code: string): Fault => ({ kind: "error", status, code });
  const onLedger = ({ operation, key }: RequestFacts): boolean => operation === "PutObject" && key.startsWith("_pg_bronze/");
  const onObject =
    (operation: string) =>
    (facts: RequestFacts): boolean =>
      facts.operation === operation && facts.key === KEY;

  it("lands over several parts, and writes the manifest last, after the object was looked at", async () => {
    const manifest = landed(await land(LARGE));
    assert.deepEqual(s3.contents(), [`_pg_bronze/object=things/run=${manifest.run}/shards/things.json`, KEY]);
    const operations = s3.server.requests.map(({ operation, key }) => `${operation} ${key === KEY ? "object" : "manifest"}`);
    const complete = operations.indexOf("CompleteMultipartUpload object");
    assert.ok(operations.filter((operation) => operation === "UploadPart object").length >= 3);
    assert.deepEqual(operations.slice(complete + 1), ["HeadObject object", "GetObject object", "PutObject manifest"]);
  });

  for (const [what, fault, when, times] of [
    ["a burst of 503", error(503, "SlowDown"), () => true, 3],
    ["a connection cut in the middle of a part", { kind: "cut", afterBytes: MIB }, onOperation("UploadPart"), 2],
    ["a lost answer to the manifest", { kind: "lose-answer" }, onLedger, 1],
    ["a verification that breaks off", { kind: "short-body", bytes: 3 }, onObject("GetObject"), 1],
  ] satisfies [string, Fault, (facts: RequestFacts) => boolean, number][]) {
    it(`lands in spite of ${what}`, async () => {
      s3.server.faults.add({ fault, when, times });
      assert.equal(landed(await land(LARGE)).rows, 32_000);
      assert.equal(s3.contents().length, 2);
    });
  }

  const failing: [string, Fault, (facts: RequestFacts) => boolean, ErrorCode, number][] = [
    ["access denied on the upload", error(403, "AccessDenied"), onOperation("CreateMultipartUpload"), "SINK_DENIED", 2],
    ["access denied on a part", error(403, "AccessDenied"), ({ partNumber }) => partNumber === 2, "SINK_DENIED", 2],
    ["503 without end", error(503, "ServiceUnavailable"), onOperation("UploadPart"), "SINK_FAILED", 1],
    ["connections that are always cut", { kind: "cut", afterBytes: MIB }, onOperation("UploadPart"), "SINK_FAILED", 1],
    ["a full store", error(403, "QuotaExceeded"), onOperation("UploadPart"), "SINK_FULL", 1],
    ["expired credentials", error(400, "ExpiredToken"), onOperation("UploadPart"), "CREDENTIALS", 2],
    ["a ledger that can't be read", error(403, "AccessDenied"), onOperation("HeadObject"), "SINK_DENIED", 2],
    ["an object that can't be read back", error(403, "AccessDenied"), onObject("GetObject"), "SINK_DENIED", 2],
    ["a manifest that can't be written", error(403, "AccessDenied"), onLedger, "SINK_DENIED", 2],
  ];
  for (const [what, fault, when, code, exitCode] of failing) {
    it(`leaves no object, no manifest and no open upload after ${what}`, async () => {
      s3.server.faults.add({ fault, when });
      const failure = failureOf(await land(LARGE));
      assert.deepEqual([failure.code, failure.exitCode], [code, exitCode], failure.message);
      assert.match(failure.message, /s3:\/\/bronze\//);
      assert.equal(failure.context["shard"], "things");
      assert.deepEqual(s3.contents(), []);
    });
  }

  it("writes no manifest for an object of which the store says another checksum, and deletes nothing", async () => {
    s3.server.faults.add({ fault: { kind: "wrong-checksum" }, when: onOperation("CompleteMultipartUpload") });
    const failure = failureOf(await land(LARGE));
    assert.equal(failure.code, "SINK_CHECKSUM");
    assert.match(String(failure.context["leftover"]), /is there all the same/);
    assert.deepEqual(s3.contents(), [KEY]);
  });

  /** Changes what the bucket holds between the object's publication and its verification. */
  const meddle = (change: (object: StoredObject) => StoredObject): void => {
    const { objects } = s3.server.bucket("bronze");
    const when = (facts: RequestFacts): boolean => {
      if (onObject("HeadObject")(facts)) objects.set(KEY, change(objects.get(KEY)!));
      return false;
    };
    s3.server.faults.add({ fault: { kind: "hang" }, when });
  };

  it("takes an object back that is not whole in the store, and with it the manifest of an earlier landing", async () => {
    landed(await land(SMALL));
    meddle((object) => ({ ...object, bytes: object.bytes - 1 }));
    const failure = failureOf(await land(SMALL));
    assert.deepEqual([failure.code, failure.retryable], ["SINK_FAILED", true]);
    assert.match(failure.message, /is not what was written there/);
    assert.deepEqual(s3.contents(), []);
  });

  it("leaves what somebody else put in the object's place", async () => {
    meddle((object) => ({ ...object, etag: '"somebody else\'s"' }));
    const failure = failureOf(await land(SMALL));
    assert.match(failure.hint ?? "", /Does anything else write to this prefix\?/);
    assert.deepEqual(s3.contents(), [KEY]);
  });

  it("leaves the object when somebody else wrote the shard's manifest meanwhile", async () => {
    s3.server.faults.add({ fault: error(412, "PreconditionFailed"), when: onLedger });
    const failure = failureOf(await land(SMALL));
    assert.equal(failure.code, "SINK_CONFLICT");
    assert.deepEqual(s3.contents(), [KEY]);
  });

  it("says which object is left when it can't be taken back", async () => {
    s3.server.faults.add({
      fault: error(403, "AccessDenied"),
      when: (facts) => onLedger(facts) || facts.operation === "DeleteObject",
    });
    const failure = failureOf(await land(SMALL));
    assert.match(failure.message, /_pg_bronze/);
    assert.match(String(failure.context["leftover"]), new RegExp(`s3://bronze/${KEY}`));
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
    const failure = failureOf(await land(broken));
    assert.equal(failure.code, "UNREPRESENTABLE");
    assert.match(String(failure.context["leftover"]), /upload .* is still open/);
  });

  it("says so when the bucket doesn't exist, and ends with 2", async () => {
    for (const config of [SMALL, LARGE]) {
      const failure = failureOf(await land(config, "s3://no-such-bucket/prefix"));
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
    const failure = failureOf(await extract(SMALL, place.database.dsn, `${place.folder.url}/denied`));
    assert.deepEqual([failure.code, failure.exitCode], ["SINK_DENIED", 2]);
    if (isRoot) process.seteuid?.(0);
    assert.deepEqual(await filesBelow(path), []);
  });

  it("says so when the sink is a file, and ends with 2", async () => {
    await writeFile(join(place.folder.path, "file"), "");
    const failure = failureOf(await extract(SMALL, place.database.dsn, `${place.folder.url}/file`));
    assert.equal(failure.exitCode, 2, `${failure.code}: ${failure.message}`);
  });

  it("says so when the disk is full, and leaves nothing", async (t) => {
    const path = join(place.folder.path, "full");
    await mkdir(path);
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", path]).status !== 0) {
      return t.skip("mount(2) isn't allowed here: test/sink/file-faults.test.ts shows the same by a limit");
    }
    t.after(() => void spawnSync("umount", [path]));
    const failure = failureOf(await extract(LARGE, place.database.dsn, `${place.folder.url}/full`));
    assert.deepEqual([failure.code, failure.exitCode], ["SINK_FULL", 1]);
    assert.deepEqual(await filesBelow(path), []);
    assert.equal(landed(await extract(SMALL, place.database.dsn, `${place.folder.url}/full`)).rows, 1);
  });
});
