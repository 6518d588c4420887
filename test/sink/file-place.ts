import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { SinkPlace } from "../support/sink-place.ts";

/** A new folder, and a sink on it. Closing fails when the suite left a lock or a temporary file behind. */
export async function openFolder(): Promise<SinkPlace & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "file-sink-"));
  const leftovers = async () => (await readdir(folder, { recursive: true })).filter((name) => name.includes(".pg-bronze-"));
  return {
    folder,
    sink: openFileSink(folder),
    other: async () => openFileSink(folder),
    leftovers,
    close: async () => {
      assert.deepEqual(await leftovers(), []);
      await rm(folder, { recursive: true });
    },
  };
}
