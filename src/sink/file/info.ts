import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { BronzeError } from "../../model/errors.ts";
import type { Condition, ObjectInfo } from "../sink.ts";
import { isAbsent, toFileError } from "./errors.ts";

/** Changes with every write: each one is a new inode, and its time is set to the microsecond. A rename keeps it. */
export function etagOf(stats: BigIntStats): string {
  return `"${stats.ino.toString(36)}-${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}"`;
}

/** The etag is unique, and so serves as the token. The time is when the file got its name, by the file system's clock. */
export function fileInfo(key: string, stats: BigIntStats): ObjectInfo {
  const etag = etagOf(stats);
  return { key, bytes: Number(stats.size), etag, modified: new Date(Number(stats.ctimeMs)), token: etag };
}

export async function headFile(path: string, key: string): Promise<ObjectInfo | null> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? fileInfo(key, stats) : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw toFileError(error, "read", path);
  }
}

export function conflict(key: string, reason: string): BronzeError {
  return new BronzeError("SINK_CONFLICT", `${key} ${reason}`, { context: { key } });
}

/** @throws BronzeError SINK_CONFLICT when the object is not the one that the condition names. */
export function assertUnchanged(found: ObjectInfo | null, key: string, condition: Exclude<Condition, "absent">): void {
  if (found === null) throw conflict(key, "is gone");
  if (found.etag !== condition.etag) throw conflict(key, "was changed by somebody else");
}
