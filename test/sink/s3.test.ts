import { openBucket } from "../support/s3-place.ts";
import { sinkContract } from "./contract.ts";

sinkContract("S3", () => openBucket({}, { pageKeys: 3 }));
