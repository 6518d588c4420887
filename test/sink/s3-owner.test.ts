import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openS3Sink, type S3SinkOptions } from "../../src/sink/s3/sink.ts";
import { BUCKET_OWNER, type S3Server, startS3Server, TEST_CREDENTIALS } from "../support/s3-server/index.ts";

let server: S3Server;
before(async () => {
  server = await startS3Server();
});
after(() => server.close());

const open = (options: S3SinkOptions) =>
  openS3Sink("bronze", "p", { endpoint: server.endpoint, credentials: TEST_CREDENTIALS, ...options });

/** Every kind of request that landing sends. */
async function useAll(options: S3SinkOptions): Promise<void> {
  const sink = open(options);
  await sink.put("small", Buffer.from("x"), { condition: "absent" });
  const writer = await sink.create("large");
  await writer.write(Buffer.alloc(6 << 20));
  await writer.seal();
  await writer.publish("absent");
  await sink.get("small");
  await sink.head("large");
  for await (const _ of sink.list(""));
  await sink.delete("small");
  await sink.delete("large");
  await sink.close();
}

describe("a bucket of a known owner", () => {
  it("is named with its owner in every request, who may be charged for it", async () => {
    const from = server.requests.length;
    await useAll({ bucketOwner: BUCKET_OWNER, requesterPays: true, partBytes: 5 << 20 });
    const sent = server.requests.slice(from);
    assert.ok(new Set(sent.map(({ operation }) => operation)).size >= 8);
    for (const { operation, headers } of sent) {
      assert.equal(headers["x-amz-expected-bucket-owner"], BUCKET_OWNER, operation);
      assert.equal(headers["x-amz-request-payer"], "requester", operation);
    }
  });

  it("is left alone where another account owns it", async () => {
    await assert.rejects(open({ bucketOwner: "999999999999" }).put("k", Buffer.from("x")), { code: "SINK_DENIED" });
  });

  it("is not asked for where the config names none", async () => {
    const from = server.requests.length;
    await useAll({});
    for (const { headers } of server.requests.slice(from)) assert.equal(headers["x-amz-expected-bucket-owner"], undefined);
  });
});
