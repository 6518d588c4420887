import { fileURLToPath } from "node:url";
import { BronzeError } from "../model/errors.ts";
import { openFileSink } from "./file/sink.ts";
import { assertKey } from "./key.ts";
import type { S3SinkOptions } from "./s3/sink.ts";
import type { Sink } from "./sink.ts";

/** How an S3 sink connects and stores; a file sink needs none of it. */
export type SinkOptions = S3SinkOptions;

const HINT = "A sink is s3://bucket/prefix or file:///folder.";
/** "General purpose bucket naming rules" in the S3 user guide, and the older ones: capitals and underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

function invalid(url: string, reason: string): BronzeError {
  return new BronzeError("SINK_INVALID", `${JSON.stringify(url)} is not a sink: ${reason}`, { hint: HINT });
}

/**
 * Opens the sink at an address. Nothing is sent or made yet.
 * @throws BronzeError SINK_INVALID when the address is not `s3://bucket[/prefix]` or `file:///folder`.
 */
export async function openSink(url: string, options: SinkOptions = {}): Promise<Sink> {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case "file":
      return openFileSink(folderOf(url));
    case "s3": {
      const { bucket, prefix } = parseS3Url(url);
      // The AWS SDK takes longer to load than a small extract: only who needs it waits for it.
      const { openS3Sink } = await import("./s3/sink.ts");
      return openS3Sink(bucket, prefix, options);
    }
    case undefined:
      throw invalid(url, "it has no scheme");
    default:
      throw invalid(url, `the scheme ${scheme}:// is not known`);
  }
}

function folderOf(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.search !== "" || parsed.hash !== "") throw invalid(url, "a '?' or '#' in a folder's name is written %3F or %23");
    return fileURLToPath(parsed);
  } catch (error) {
    if (error instanceof BronzeError) throw error;
    throw invalid(url, "a folder is written with three slashes and from the root");
  }
}

/** A prefix is taken as it stands: nothing in it is decoded. */
export function parseS3Url(url: string): { bucket: string; prefix: string } {
  const [bucket = "", ...segments] = url.slice("s3://".length).replace(/\/+$/, "").split("/");
  if (!BUCKET.test(bucket)) throw invalid(url, `${JSON.stringify(bucket)} can't be a bucket's name`);
  const prefix = segments.join("/");
  try {
    if (prefix !== "") assertKey(prefix);
  } catch (error) {
    throw invalid(url, error instanceof Error ? error.message : String(error));
  }
  return { bucket, prefix };
}
