import { createHash, randomUUID } from "node:crypto";
import { open, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { BronzeError } from "../model/errors.ts";
import { localPath } from "../sink/location.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";

/** An object as a file on this machine. */
export interface Fetched {
  readonly path: string;
  readonly info: ObjectInfo;
  /** Known when the object was read to be fetched. */
  readonly sha256: string | null;
  /** Removes what was fetched. */
  release(): Promise<void>;
}

const STEP_BYTES = 8 << 20;

/**
 * Objects of a file sink are read in place, others copied to `scratch`, one range after the other; null when there is none.
 * @throws BronzeError SINK_CONFLICT, retryable, when the object was replaced meanwhile.
 */
export async function fetchObject(
  sink: Sink,
  key: string,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<Fetched | null> {
  const info = await sink.head(key);
  if (info === null) return null;
  const address = sink.locate(key);
  const path = join(scratch, `${randomUUID()}.parquet`);
  const release = () => rm(path, { force: true });
  const original = localPath(address);
  if (original !== null) {
    // DuckDB takes these for patterns; a link has a name without them.
    const patterned = /[*?[\]]/.test(original);
    if (patterned) await symlink(original, path);
    return { path: patterned ? path : original, info, sha256: null, release };
  }
  try {
    const sha256 = await copy(sink, info, path, signal);
    const after = await sink.head(key);
    if (after?.etag !== info.etag) throw replaced(address);
    return { path, info, sha256, release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function copy(sink: Sink, info: ObjectInfo, path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "wx");
  try {
    for (let start = 0; start < info.bytes; start += STEP_BYTES) {
      signal?.throwIfAborted();
      const end = Math.min(start + STEP_BYTES, info.bytes);
      const bytes = await sink.read(info.key, { start, end });
      if (bytes?.length !== end - start) throw replaced(sink.locate(info.key));
      hash.update(bytes);
      await handle.writeFile(bytes);
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

function replaced(address: string): BronzeError {
  return new BronzeError("SINK_CONFLICT", `${address} was replaced while it was read`, {
    hint: "Validate it again.",
    retryable: true,
  });
}
