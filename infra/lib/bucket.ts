import { Aws, Fn, RemovalPolicy, type Stack } from "aws-cdk-lib";
import { CfnBucket, CfnBucketPolicy } from "aws-cdk-lib/aws-s3";
import type { SharedParameters } from "./parameters.ts";
import { tlsOnly } from "./policies.ts";

/** A job that is killed leaves the parts of its upload: unseen, and paid for. No upload takes a day. */
const ABORT_UPLOADS = {
  ID: "abort-incomplete-multipart-uploads",
  Status: "Enabled",
  Filter: { Prefix: "" },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
};

/** What was replaced or deleted can be had back for a month. Records of the ledger are replaced often; they are small. */
const EXPIRE_OLD_VERSIONS = {
  ID: "expire-noncurrent-versions",
  Status: "Enabled",
  Filter: { Prefix: "" },
  NoncurrentVersionExpiration: { NoncurrentDays: 30 },
  Expiration: { ExpiredObjectDeleteMarker: true },
};

/** As PutBucketLifecycleConfiguration takes it: for a bucket that is there, whose old versions are its owner's affair. */
export const LIFECYCLE_RULES = [ABORT_UPLOADS];
/** For a bucket that is made. */
export const OWN_LIFECYCLE_RULES = [ABORT_UPLOADS, EXPIRE_OLD_VERSIONS];

export const PUBLIC_ACCESS_BLOCK = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

/** The bucket of Bronze, where it isn't there yet: private, versioned, encrypted, by TLS alone. It outlives the stack. */
export function addBucket(stack: Stack, parameters: SharedParameters): void {
  const { hasKmsKey, kmsKeyArn } = parameters;
  const bucket = new CfnBucket(stack, "Bucket", {
    bucketName: parameters.bucket,
    publicAccessBlockConfiguration: PUBLIC_ACCESS_BLOCK,
    ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
    versioningConfiguration: { status: "Enabled" },
    bucketEncryption: {
      serverSideEncryptionConfiguration: [
        {
          bucketKeyEnabled: true,
          serverSideEncryptionByDefault: {
            sseAlgorithm: Fn.conditionIf(hasKmsKey.logicalId, "aws:kms", "AES256").toString(),
            kmsMasterKeyId: Fn.conditionIf(hasKmsKey.logicalId, kmsKeyArn, Aws.NO_VALUE).toString(),
          },
        },
      ],
    },
    lifecycleConfiguration: {
      rules: [
        {
          id: ABORT_UPLOADS.ID,
          status: ABORT_UPLOADS.Status,
          prefix: ABORT_UPLOADS.Filter.Prefix,
          abortIncompleteMultipartUpload: {
            daysAfterInitiation: ABORT_UPLOADS.AbortIncompleteMultipartUpload.DaysAfterInitiation,
          },
        },
        {
          id: EXPIRE_OLD_VERSIONS.ID,
          status: EXPIRE_OLD_VERSIONS.Status,
          prefix: EXPIRE_OLD_VERSIONS.Filter.Prefix,
          noncurrentVersionExpiration: { noncurrentDays: EXPIRE_OLD_VERSIONS.NoncurrentVersionExpiration.NoncurrentDays },
          expiredObjectDeleteMarker: EXPIRE_OLD_VERSIONS.Expiration.ExpiredObjectDeleteMarker,
        },
      ],
    },
  });
  bucket.cfnOptions.condition = parameters.createsBucket;
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const policy = new CfnBucketPolicy(stack, "BucketPolicy", {
    bucket: bucket.ref,
    policyDocument: tlsOnly(`arn:${Aws.PARTITION}:s3:::${parameters.bucket}`),
  });
  policy.cfnOptions.condition = parameters.createsBucket;
  policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
}
