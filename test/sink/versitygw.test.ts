import { after, before, describe, it } from "node:test";
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { openS3Sink } from "../../src/sink/s3/sink.ts";
import { startS3Proxy } from "../support/s3-proxy.ts";
import type { SinkPlace } from "../support/sink-place.ts";
import { findVersityGateway, startVersityGateway, type VersityGateway } from "../support/versitygw.ts";
import { sinkContract } from "./contract.ts";

const binary = findVersityGateway();

if (binary === null) {
  it("S3 by VersityGW keeps the sink's contract", { skip: "PG_BRONZE_VERSITYGW names no binary" }, () => {});
} else {
  describe("VersityGW", () => {
    let gateway: VersityGateway;
    let client: S3Client;
    let made = 0;
    before(async () => {
      gateway = await startVersityGateway(binary);
      const { endpoint, credentials } = gateway;
      client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    });
    after(async () => {
      client?.destroy();
      await gateway?.close();
    });

    sinkContract(
      "S3 by VersityGW",
      async (): Promise<SinkPlace> => {
        const Bucket = `bronze-${made++}`;
        await client.send(new CreateBucketCommand({ Bucket }));
        const options = { credentials: gateway.credentials, partBytes: 5 << 20, maxAttempts: 3 };
        const wire = await startS3Proxy(gateway.endpoint);
        const sink = openS3Sink(Bucket, "a=b", { ...options, endpoint: wire.endpoint });
        return {
          sink,
          wire,
          gaps: ["deletion of what is gone"],
          other: async () => openS3Sink(Bucket, "a=b", { ...options, endpoint: gateway.endpoint }),
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
