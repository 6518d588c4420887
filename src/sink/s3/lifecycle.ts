import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from "@aws-sdk/client-s3";
import type { S3Bucket } from "./bucket.ts";
import { toS3Error } from "./errors.ts";

/**
 * Days after which the bucket's lifecycle ends unfinished uploads below the sink's prefix; null when no rule does.
 * Source: S3 API, GetBucketLifecycleConfiguration. @throws BronzeError SINK_DENIED …
 */
export async function uploadsEndAfterDays({ client, bucket, prefix }: S3Bucket): Promise<number | null> {
  try {
    const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    const days = Rules.filter((rule) => covers(rule, prefix)).flatMap(
      ({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? [],
    );
    return days.length === 0 ? null : Math.min(...days);
  } catch (error) {
    if ((error as { name?: string }).name === "NoSuchLifecycleConfiguration") return null;
    throw toS3Error(error, "read the lifecycle of", `s3://${bucket}`);
  }
}

/** Rules that end uploads can't filter by tags or sizes. */
function covers({ Status, Filter, Prefix }: LifecycleRule, prefix: string): boolean {
  return Status === "Enabled" && prefix.startsWith(Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? "");
}
