import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSink } from "../../src/sink/file.ts";
import { type SinkPlace, sinkContract } from "./contract.ts";

export async function openFolder(): Promise<SinkPlace & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "file-sink-"));
  const leftovers = async () => (await readdir(folder, { recursive: true })).filter((name) => name.includes(".pg-bronze-"));
  return {
    folder,
    sink: openFileSink(folder),
    other: async () => openFileSink(folder),
    leftovers,
    close: async () => {
      // Whatever the suite did, no lock or temporary file may outlive it.
      assert.deepEqual(await leftovers(), []);
      await rm(folder, { recursive: true });
    },
  };
}

sinkContract("a folder", openFolder);
