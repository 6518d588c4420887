import { FILE } from "./file/kind.ts";
import type { SinkKind } from "./kind.ts";
import { S3 } from "./s3/kind.ts";

/** Every kind of sink, by the scheme of its addresses. A new one is a folder beside `s3/` and a row here. */
export const SINKS: Record<string, SinkKind> = { s3: S3, file: FILE };
