import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { landingKey } from "../../src/ledger/paths.ts";
import { createPlan } from "../../src/ledger/plan.ts";
import { parseShardId } from "../../src/model/ids.ts";
import { encode, landing, manifest, OBJECT, plan, temporarySink } from "../support/ledger-samples.ts";

const MIB = 2 ** 20;
const CHILD = fileURLToPath(new URL("memory-child.ts", import.meta.url));

/** As wide as a national parcel table. */
const COLUMNS = Array.from({ length: 150 }, (_, i) => ({
  name: `attribute_number_${i}`,
  source: "character varying(255)",
  field_id: i + 1,
  type: "utf8",
  parquet: "BYTE_ARRAY STRING",
}));

/** Peak memory of a process that reads the status of a run of so many wide manifests. */
async function peakOf(t: TestContext, shards: number): Promise<number> {
  const sink = await temporarySink(t);
  const ids = Array.from({ length: shards }, (_, i) => parseShardId(String(10_000 + i)));
  await createPlan(sink, { ...plan, shards: ids.map((id) => ({ ...plan.shards[0]!, id, key: `${id}.parquet` })) });
  for (const shard of ids) {
    const key = `${shard}.parquet`;
    await sink.put(landingKey(OBJECT, key), encode({ ...landing, key, manifest: { ...manifest, shard, columns: COLUMNS } }));
  }
  const args = ["--import", import.meta.resolve("tsx"), CHILD, sink.url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { landed, peakBytes } = JSON.parse(stdout) as { landed: number; peakBytes: number };
  assert.equal(landed, shards);
  return peakBytes;
}

describe("the status of 3,200 shards with 150 columns each", () => {
  it("takes little more memory than that of 100", { timeout: 300_000 }, async (t) => {
    const [few, many] = [await peakOf(t, 100), await peakOf(t, 3200)];
    t.diagnostic(`peak RSS: 100 shards ${Math.round(few / MIB)} MiB, 3,200 shards ${Math.round(many / MIB)} MiB`);
    assert.ok(many - few < 64 * MIB, `${Math.round((many - few) / MIB)} MiB more`);
  });
});
