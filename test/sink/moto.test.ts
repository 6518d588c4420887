import { after, before, describe, it } from "node:test";
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { openS3Sink } from "../../src/sink/s3/sink.ts";
import { findMoto, type Moto, startMoto } from "../support/moto.ts";
import { startS3Proxy } from "../support/s3-proxy.ts";
import type { SinkPlace } from "../support/sink-place.ts";
import { sinkContract } from "./contract.ts";

const required = process.env["PG_BRONZE_REQUIRE_MOTO"] === "1";
const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };

if (findMoto() === null && !required) {
  it("S3 by moto keeps the sink's contract", { skip: "moto_server is not on PATH" }, () => {});
} else {
  describe("moto", () => {
    let moto: Moto;
    let client: S3Client;
    let made = 0;
    before(async () => {
      moto = await startMoto();
      client = new S3Client({ endpoint: moto.endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    });
    after(async () => {
      client?.destroy();
      await moto?.close();
    });

    sinkContract(
      "S3 by moto",
      async (): Promise<SinkPlace> => {
        const Bucket = `bronze-${process.pid}-${made++}`;
        await client.send(new CreateBucketCommand({ Bucket }));
        const options = { credentials, partBytes: 5 << 20, maxAttempts: 3 };
        const wire = await startS3Proxy(moto.endpoint);
        const sink = openS3Sink(Bucket, "a=b", { ...options, endpoint: wire.endpoint });
        return {
          sink,
          wire,
          other: async () => openS3Sink(Bucket, "a=b", { ...options, endpoint: moto.endpoint }),
          gaps: ["complete on an etag"],
          leftovers: async () =>
            ((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).map(({ Key }) => Key!),
          close: async () => {
            await sink.close();
            await wire.close();
          },
        };
      },
      { hasWire: true },
    );
  });
}
