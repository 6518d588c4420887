import assert from "node:assert/strict";
import type { FileRead, Lookup, ShardRead } from "../../src/patterns/contract.ts";

/** For a pattern that asks the source nothing. */
export const noLookup: Lookup = (select) => assert.fail(`the source was asked ${select}`);

/** All files that a shard lands. */
export async function filesOf(read: ShardRead, lookup: Lookup = noLookup): Promise<FileRead[]> {
  const files: FileRead[] = [];
  for await (const file of read.files(lookup)) files.push(file);
  return files;
}
