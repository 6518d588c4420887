import { openBucket } from "../support/s3-place.ts";
import { startS3Proxy } from "../support/s3-proxy.ts";
import { sinkContract } from "./contract.ts";

sinkContract(
  "S3",
  async () => {
    const place = await openBucket({}, { pageKeys: 3 });
    const wire = await startS3Proxy(place.server.endpoint);
    const sink = place.open({ endpoint: wire.endpoint });
    return {
      ...place,
      sink,
      wire,
      close: async () => {
        await sink.close();
        await wire.close();
        await place.close();
      },
    };
  },
  { hasWire: true },
);
