import type { ObjectConfig } from "../config/object-config.ts";
import type { SinkOptions } from "../sink/open.ts";

/** The config's `sink` in the sink's own words. */
export function sinkOptions(sink: ObjectConfig["sink"]): SinkOptions {
  return {
    region: sink.region,
    endpoint: sink.endpoint,
    pathStyle: sink.path_style,
    storageClass: sink.storage_class,
    kmsKeyId: sink.kms_key_id,
    bucketOwner: sink.bucket_owner,
    requesterPays: sink.requester_pays,
    partBytes: sink.part_bytes,
    checksums: sink.checksums,
  };
}
