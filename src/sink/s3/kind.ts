import { assertKey } from "../key.ts";
import type { SinkKind } from "../kind.ts";

const SCHEME = "s3://";
/** "General purpose bucket naming rules" in the S3 user guide, and the older ones: capitals and underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

export const S3: SinkKind = {
  form: "s3://bucket/prefix",

  /** A prefix is taken as it stands: nothing in it is decoded. */
  parse: (url) => {
    const [bucket = "", ...segments] = url.slice(SCHEME.length).replace(/\/+$/, "").split("/");
    if (!BUCKET.test(bucket)) return `${JSON.stringify(bucket)} can't be a bucket's name`;
    const key = segments.join("/");
    try {
      if (key !== "") assertKey(key);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    const root = `${SCHEME}${bucket}`;
    return { url: key === "" ? root : `${root}/${key}`, root, key, path: null };
  },

  open: async ({ root, key }, options) => {
    // The AWS SDK takes longer to load than a small extract: only who needs it waits for it.
    const { openS3Sink } = await import("./sink.ts");
    return openS3Sink(root.slice(SCHEME.length), key, options);
  },
};
