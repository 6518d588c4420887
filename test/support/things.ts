import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLedger } from "../../src/ledger/ledger.ts";
import { createPlan, type RunPlan, shardsOf } from "../../src/ledger/plan.ts";
import { landClaimed } from "../../src/run/land-claimed.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { type FakeRun, fakeRun } from "./fake-run.ts";

/** A config of `things`, the object of `fakePlan`, with its keys. */
const CONFIG = `object: things
extract_pattern: county_sharded
source_system: test
dataset: things
source:
  shards: SELECT id, table_name FROM public.things
  table: public.{table_name}
  id: id
sink:
  bucket: nowhere
  key: "{object}/{id}_{extract_date}.parquet"
`;

/** Writes the config of `things` into a folder. @returns its path */
export async function writeThingsConfig(folder: string): Promise<string> {
  const file = join(folder, "things.yaml");
  await writeFile(file, CONFIG);
  return file;
}

/** Writes the plan of a run and lands its shards. */
export async function landThings(sink: Sink, plan: RunPlan, rows = "abc", options: Partial<FakeRun> = {}): Promise<RunPlan> {
  await openLedger(sink, plan.object);
  await createPlan(sink, plan);
  const run = fakeRun(sink, { plan, rows: () => rows, ...options });
  for (const shard of shardsOf(plan)) assert.equal((await landClaimed(shard, run)).outcome, "landed");
  return plan;
}
