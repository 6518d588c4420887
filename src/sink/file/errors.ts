import { BronzeError } from "../../model/errors.ts";

/** The system's error code (`ENOENT`), or null when the error didn't come from the system. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** No such file, or a parent of it is a file: either way nothing is there. */
export function isAbsent(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** What an operation on a file meant to the person who asked for it. `operation` is a verb phrase: "write". */
export function toFileError(error: unknown, operation: string, path: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const code = systemCode(error);
  const details = { cause: error, context: { path, ...(code === null ? {} : { errno: code }) } };
  const failed = `can't ${operation} ${path}`;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new BronzeError("SINK_FULL", `${failed}: no space left`, {
        ...details,
        hint: "Free space in the sink's folder, or choose another sink. Finished shards are kept.",
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new BronzeError(
        "SINK_DENIED",
        `${failed}: ${code === "EROFS" ? "the file system is read-only" : "permission denied"}`,
        {
          ...details,
          hint: "Give this user write access to the sink's folder, or choose another sink.",
        },
      );
    case "ENAMETOOLONG":
      return new BronzeError("KEY_INVALID", `${failed}: the name is too long for this file system`, details);
    case "EEXIST":
    case "EISDIR":
    case "ENOTDIR":
    case "ENOTEMPTY":
      return new BronzeError("KEY_INVALID", `${failed}: a part of the key is a file where a folder is needed, or the reverse`, {
        ...details,
        hint: "In a folder, no key may be the beginning of another key's path.",
      });
    case "EMFILE":
    case "ENFILE":
    case "EAGAIN":
    case "EBUSY":
      return new BronzeError("SINK_FAILED", `${failed}: ${code}`, { ...details, retryable: true });
    default:
      return new BronzeError("SINK_FAILED", `${failed}: ${error instanceof Error ? error.message : String(error)}`, details);
  }
}
