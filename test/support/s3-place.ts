import { openS3Sink, type S3SinkOptions } from "../../src/sink/s3/sink.ts";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server/index.ts";
import type { SinkPlace } from "./sink-place.ts";

/** A bucket of the project's own S3 server, and a sink on a prefix of it with parts of the smallest size. */
export async function openBucket(
  options: S3SinkOptions = {},
  serverOptions: S3ServerOptions = {},
): Promise<SinkPlace & { readonly server: S3Server; open(options?: S3SinkOptions): ReturnType<typeof openS3Sink> }> {
  const server = await startS3Server(serverOptions);
  const open = (more: S3SinkOptions = {}) =>
    openS3Sink("bronze", "pre fix/x=1", {
      endpoint: server.endpoint,
      credentials: server.credentials,
      partBytes: 5 << 20,
      maxAttempts: 3,
      ...options,
      ...more,
    });
  const sink = open();
  return {
    server,
    sink,
    open,
    other: async () => open(),
    leftovers: async () => [...server.bucket("bronze").uploads.values()].map(({ key }) => key),
    close: async () => {
      await sink.close();
      await server.close();
    },
  };
}
