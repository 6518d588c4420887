import { RemovalPolicy, type Stack } from "aws-cdk-lib";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import type { Parameters } from "./parameters.ts";

/** A job that is killed leaves the parts of its upload: unseen, and paid for. No upload takes a day. */
export const LIFECYCLE_RULES = [
  {
    ID: "abort-incomplete-multipart-uploads",
    Status: "Enabled",
    Filter: { Prefix: "" },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
  },
];

/** The bucket of Bronze, where it isn't there yet; it outlives the stack. */
export function addBucket(stack: Stack, parameters: Parameters): void {
  const bucket = new CfnBucket(stack, "Bucket", {
    bucketName: parameters.bucket,
    publicAccessBlockConfiguration: {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
    bucketEncryption: {
      serverSideEncryptionConfiguration: [{ bucketKeyEnabled: true, serverSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    },
    lifecycleConfiguration: {
      rules: LIFECYCLE_RULES.map((rule) => ({
        id: rule.ID,
        status: rule.Status,
        prefix: rule.Filter.Prefix,
        abortIncompleteMultipartUpload: { daysAfterInitiation: rule.AbortIncompleteMultipartUpload.DaysAfterInitiation },
      })),
    },
  });
  bucket.cfnOptions.condition = parameters.createsBucket;
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
}
