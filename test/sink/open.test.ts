import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { ObjectConfigSchema } from "../../src/patterns/index.ts";
import { localPath, parseLocation } from "../../src/sink/location.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import { openSink } from "../../src/sink/open.ts";
import { SINKS } from "../../src/sink/sinks.ts";
import { failsWith } from "../support/fails-with.ts";
import { text } from "./helpers.ts";

describe("a sink's address", () => {
  const s3: [string, string, string][] = [
    ["s3://bucket", "s3://bucket", ""],
    ["s3://bucket/", "s3://bucket", ""],
    ["S3://bucket/a", "s3://bucket", "a"],
    ["s3://regrid-data-platform-us-east-2-bronze/a/b=c/", "s3://regrid-data-platform-us-east-2-bronze", "a/b=c"],
    ["s3://bucket/with space/%41", "s3://bucket", "with space/%41"],
  ];
  for (const [text, root, key] of s3) {
    it(`reads ${text}`, () => {
      const url = key === "" ? root : `${root}/${key}`;
      assert.deepEqual(parseLocation(text), { scheme: "s3", url, root, key, path: null });
      assert.equal(localPath(text), null);
    });
  }

  const folders: [string, string][] = [
    ["file:///tmp/a%20b/c/", "/tmp/a b/c"],
    ["/tmp/a b/c", "/tmp/a b/c"],
    ["./out", join(process.cwd(), "out")],
    ["../out/", join(process.cwd(), "../out")],
    [".", process.cwd()],
    ["C:\\out", resolve("C:\\out")],
  ];
  for (const [text, path] of folders) {
    it(`reads ${text} as a folder`, () => {
      const url = pathToFileURL(path).href;
      assert.deepEqual(parseLocation(text), { scheme: "file", url, root: url, key: "", path });
      assert.equal(localPath(url), path);
    });
  }

  it("is known everywhere once its kind has a row in the table", async (t) => {
    SINKS["toy"] = {
      form: "toy://name",
      parse: (url) => (url === "toy://" ? "it has no name" : { url, root: url, key: "", path: null }),
      open: async ({ url }) => openMemorySink({ url }),
    };
    t.after(() => delete SINKS["toy"]);
    const sink = await openSink("toy://chest");
    await sink.put("a/b", text("x"));
    assert.equal(sink.locate("a/b"), "toy://chest/a/b");
    await assert.rejects(
      openSink("toy://"),
      failsWith("SINK_INVALID", (failure) => assert.match(failure.hint ?? "", /or toy:\/\/name\.$/)),
    );
    const config = {
      ...{ object: "toys", extract_pattern: "single_table", source_system: "shop", dataset: "toys" },
      ...{ source: { query: "SELECT 1 AS a" }, sink: { key: "{object}_{extract_date}.parquet", url: "toy://chest" } },
    };
    assert.deepEqual(ObjectConfigSchema.safeParse(config).error?.issues ?? [], []);
  });

  it("reads folders, with what a URL encodes", async () => {
    assert.equal((await openSink("file:///tmp/a%20b/c")).url, "file:///tmp/a%20b/c");
    assert.equal((await openSink("file:///tmp/a%20b/c/")).locate("k=1/x"), "file:///tmp/a%20b/c/k=1/x");
    assert.equal((await openSink("file://localhost/tmp")).url, "file:///tmp");
  });

  const bad = [
    "",
    "bucket",
    "bucket/prefix",
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
