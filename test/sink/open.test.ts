import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { openSink, parseS3Url } from "../../src/sink/open.ts";
import { failsWith } from "../support/fails-with.ts";

describe("a sink's address", () => {
  const s3: [string, string, string][] = [
    ["s3://bucket", "bucket", ""],
    ["s3://bucket/", "bucket", ""],
    ["s3://regrid-data-platform-us-east-2-bronze/a/b=c/", "regrid-data-platform-us-east-2-bronze", "a/b=c"],
    ["s3://bucket/with space/%41", "bucket", "with space/%41"],
  ];
  for (const [url, bucket, prefix] of s3) {
    it(`reads ${url}`, () => assert.deepEqual(parseS3Url(url), { bucket, prefix }));
  }

  it("reads folders, with what a URL encodes", async () => {
    assert.equal((await openSink("file:///tmp/a%20b/c")).url, "file:///tmp/a%20b/c");
    assert.equal((await openSink("file:///tmp/a%20b/c/")).locate("k=1/x"), "file:///tmp/a%20b/c/k=1/x");
    assert.equal((await openSink("file://localhost/tmp")).url, "file:///tmp");
  });

  const bad = [
    "",
    "bucket",
    "/tmp/x",
    "gs://bucket",
    "http://x/y",
    "s3://",
    "s3:///key",
    "s3://b",
    "s3://a b/c",
    "s3://bucket/../x",
    "s3://bucket//x",
    "file://relative/folder",
    "file:///a?b",
    "file:///a#b",
  ];
  for (const url of bad) {
    it(`refuses ${JSON.stringify(url)} and says how one is written`, async () => {
      await assert.rejects(
        openSink(url),
        failsWith("SINK_INVALID", (failure) => {
          assert.match(failure.hint ?? "", /s3:\/\/bucket\/prefix or file:\/\/\/folder/);
          assert.equal(failure.exitCode, 2);
        }),
      );
    });
  }

  it("doesn't load the AWS SDK for a folder", () => {
    const script = `
      import { openSink } from "./src/sink/open.ts";
      const sink = await openSink("file:///tmp/never-written");
      const { createRequire } = await import("node:module");
      const loaded = Object.keys(createRequire(process.cwd() + "/x.js").cache).filter((path) => path.includes("aws-sdk"));
      console.log(loaded.length, process.moduleLoadList.filter((name) => /NativeModule (https|http2|tls)$/.test(name)).length);
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    assert.equal(stdout.trim(), "0 0", stderr);
  });
});
