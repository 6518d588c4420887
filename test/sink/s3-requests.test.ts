import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, beforeEach, describe, it } from "node:test";
import { crc32 } from "node:zlib";
import { crcText } from "../../src/sink/s3/bucket.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import { openBucket } from "../support/s3-place.ts";
import { bytesOf, collect } from "./helpers.ts";

const MIB = 1 << 20;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("what is sent to S3", () => {
  let place: Awaited<ReturnType<typeof openBucket>>;
  before(async () => {
    place = await openBucket({ storageClass: "STANDARD_IA", kmsKeyId: "alias/bronze" });
  });
  after(() => place.close());
  beforeEach(() => {
    place.server.requests.length = 0;
  });
  const operations = (): string[] => place.server.requests.map(({ operation }) => operation);

  it("is one PutObject for an object of one part, with its CRC, key, class and metadata", async () => {
    const body = bytesOf(5 * MIB);
    const writer = await place.sink.create("one", { contentType: "application/x", metadata: { run: "r1" } });
    await writer.write(body.slice());
    await writer.publish();
    assert.deepEqual(operations(), ["PutObject"]);
    const { headers } = place.server.requests[0]!;
    assert.equal(headers["x-amz-checksum-crc32"], crcText(crc32(body)));
    assert.equal(headers["x-amz-storage-class"], "STANDARD_IA");
    assert.equal(headers["x-amz-server-side-encryption"], "aws:kms");
    assert.equal(headers["x-amz-server-side-encryption-aws-kms-key-id"], "alias/bronze");
    assert.equal(headers["x-amz-meta-run"], "r1");
    assert.equal(headers["content-type"], "application/x");
    assert.equal(headers["content-encoding"], undefined);
  });

  it("is one upload for more, whose CRC is that of the whole object", async () => {
    const body = bytesOf(13 * MIB);
    const writer = await place.sink.create("many");
    for (let start = 0; start < body.length; start += 700_001) await writer.write(body.slice(start, start + 700_001));
    await writer.publish("absent");
    assert.deepEqual(operations(), [
      "CreateMultipartUpload",
      "UploadPart",
      "UploadPart",
      "UploadPart",
      "CompleteMultipartUpload",
    ]);
    const [create] = place.server.requests;
    assert.equal(create!.headers["x-amz-checksum-type"], "FULL_OBJECT");
    assert.equal(create!.headers["x-amz-server-side-encryption"], "aws:kms");
    const complete = place.server.requests.at(-1)!;
    assert.equal(complete.headers["x-amz-checksum-crc32"], crcText(crc32(body)));
    assert.equal(complete.headers["x-amz-mp-object-size"], String(body.length));
    assert.equal(complete.headers["if-none-match"], "*");
    const stored = place.server.bucket("bronze").objects.get("pre fix/x=1/many");
    assert.deepEqual(stored?.checksum, { algorithm: "crc32", type: "FULL_OBJECT", value: crcText(crc32(body)) });
  });

  it("is counted by kind, retries included", async () => {
    const sink = place.open();
    const writer = await sink.create("counted");
    await writer.write(bytesOf(11 * MIB));
    place.server.faults.add({
      fault: { kind: "error", status: 503, code: "SlowDown" },
      when: ({ partNumber }) => partNumber === 3,
      times: 1,
    });
    await writer.publish();
    await sink.read("counted", { start: 0, end: 8 });
    await sink.head("counted");
    await collect(sink.list("counted"));
    await sink.put("counted-too", text("x"));
    await sink.delete("counted-too");
    const expected = { puts: 1, creates: 1, parts: 4, completes: 1, aborts: 0, gets: 1, heads: 1, lists: 1, deletes: 1 };
    assert.deepEqual(sink.requests, expected);
    await sink.close();
  });

  it("carries credentials that are renewed before they expire", async () => {
    let asked = 0;
    const sink = place.open({
      credentials: async () => {
        asked++;
        // Within the SDK's five minutes of grace: every use asks again.
        return { ...place.server.credentials, expiration: new Date(Date.now() + 1000) };
      },
    });
    for (const key of ["a", "b", "c"]) await sink.put(key, text(key));
    assert.ok(asked >= 3, `asked ${asked} times`);
    await sink.close();
  });

  it("takes region, endpoint and keys from the variables it is given", async () => {
    const { openSink } = await import("../../src/sink/open.ts");
    const { accessKeyId, secretAccessKey } = place.server.credentials;
    const sink = await openSink("s3://bronze/from-env/", {
      env: {
        AWS_ENDPOINT_URL_S3: place.server.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: "eu-central-1",
      },
    });
    assert.equal(sink.url, "s3://bronze/from-env");
    await sink.put("x", text("x"));
    assert.match(String(place.server.requests[0]!.headers.authorization), /eu-central-1/);
    assert.ok(place.server.bucket("bronze").objects.has("from-env/x"));
    await sink.close();
  });
});

describe("a store that fails on checksums of whole objects", () => {
  let place: Awaited<ReturnType<typeof openBucket>>;
  before(async () => {
    place = await openBucket({}, { checksums: "composite" });
  });
  after(() => place.close());

  const land = async (sink: Sink, key: string): Promise<void> => {
    const writer = await sink.create(key);
    await writer.write(bytesOf(11 * MIB));
    try {
      await writer.publish("absent");
    } finally {
      await writer.abort();
    }
  };

  it("refuses a large object, and the error says which option helps", async () => {
    await assert.rejects(
      land(place.sink, "large"),
      failsWith("SINK_FAILED", (failure) => assert.match(failure.hint ?? "", /sink\.checksums: none/)),
    );
    assert.deepEqual(await place.leftovers(), []);
  });

  it("takes it with checksums: none, which sends none, and has every body covered by the signature instead", async () => {
    place.server.requests.length = 0;
    const sink = place.open({ checksums: "none" });
    await land(sink, "large");
    await sink.put("small", text("x"));
    for (const { operation, headers } of place.server.requests) {
      assert.deepEqual(
        Object.keys(headers).filter((name) => /checksum|trailer/.test(name)),
        [],
        operation,
      );
      if (operation === "UploadPart" || operation === "PutObject")
        assert.match(String(headers["x-amz-content-sha256"]), /^[0-9a-f]{64}$/);
    }
    assert.equal(Buffer.compare((await sink.read("large"))!, bytesOf(11 * MIB)), 0);
    await sink.close();
  });
});

describe("memory of an upload", () => {
  it("is bounded by the part buffers, however slow the store", { timeout: 60_000 }, async () => {
    // 400 MiB through two buffers of 5 MiB, in a process of its own so that only the writer is measured.
    const place = await openBucket();
    place.server.faults.add({ fault: { kind: "slow", delayMs: 10 }, when: ({ operation }) => operation === "UploadPart" });
    const script = `
      import { openS3Sink } from "./src/sink/s3/sink.ts";
      const sink = openS3Sink("bronze", "", { endpoint: process.env.ENDPOINT, partBytes: 5 << 20, credentials: JSON.parse(process.env.CREDENTIALS) });
      await sink.put("warm", new Uint8Array(1));
      const before = process.memoryUsage().rss;
      const writer = await sink.create("bulk");
      let peak = before;
      for (let i = 0; i < 800; i++) {
        await writer.write(Buffer.alloc(512 << 10, i));
        peak = Math.max(peak, process.memoryUsage().rss);
      }
      const info = await writer.publish();
      console.log(JSON.stringify({ bytes: info.bytes, grownMiB: (peak - before) / 2 ** 20 }));
    `;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      env: { ...process.env, ENDPOINT: place.server.endpoint, CREDENTIALS: JSON.stringify(place.server.credentials) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let out = "";
    for await (const piece of child.stdout) out += piece;
    await place.close();
    const { bytes, grownMiB } = JSON.parse(out) as { bytes: number; grownMiB: number };
    assert.equal(bytes, 400 * MIB);
    assert.ok(grownMiB < 100, `grew by ${grownMiB.toFixed(0)} MiB`);
  });
});
