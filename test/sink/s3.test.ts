import { sinkContract } from "./contract.ts";
import { openBucket } from "./s3-place.ts";

sinkContract("S3", () => openBucket({}, { pageKeys: 3 }));
