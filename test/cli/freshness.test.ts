import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { makeVerse, type Verse } from "../support/verse.ts";

let verse: Verse;
before(async () => {
  verse = await makeVerse();
});
after(() => verse.drop());

const DAY_MS = 24 * 3_600_000;

/** A sink whose readers were moved this long ago. */
async function publishedFor(ms: number): Promise<string> {
  const sink = await verse.sink();
  const { code, stderr } = await verse.command(sink, ["submit-local", "--state", "TX"]);
  assert.equal(code, 0, stderr);
  const file = new URL(`${sink}/_pg_bronze/object=parcel/current.json`);
  const current = JSON.parse(await readFile(file, "utf8")) as { published: { published_at: string } };
  current.published.published_at = new Date(Date.now() - ms).toISOString();
  await writeFile(file, JSON.stringify(current));
  return sink;
}

describe("freshness", () => {
  it("says what readers see and how old it is, and exits 1 once that is older than --max-age", async () => {
    const sink = await publishedFor(40 * DAY_MS);
    const plain = await verse.command(sink, ["freshness", "--log-format", "text"]);
    assert.equal(plain.code, 0);
    assert.match(plain.stdout, /^readers of parcel see run \S+, snapshot \d{4}-\d\d-\d\d, published 40 days ago\n$/);
    for (const [maxAge, code] of [
      ["41d", 0],
      ["39d", 1],
    ] as const) {
      const checked = await verse.command(sink, ["freshness", "--max-age", maxAge, "--json"]);
      assert.equal(checked.code, code);
      const { stale, age_seconds, published } = JSON.parse(checked.stdout) as Record<string, unknown>;
      assert.equal(stale, code === 1);
      assert.ok(Math.abs((age_seconds as number) - 40 * 86_400) < 60);
      assert.equal((published as { landed: number }).landed, 5);
    }
  });

  it("exits 1 with --max-age where nothing was ever published, and then emits no metric that an alarm could take for young", async () => {
    const sink = await verse.sink();
    const { code, stderr } = await verse.command(sink, ["freshness", "--max-age", "35d"], { AWS_BATCH_JOB_ID: "a" });
    assert.equal(code, 1);
    assert.match(stderr, /nothing of parcel was ever published/);
    assert.ok(!stderr.includes("snapshot_age_seconds"));
    assert.equal((await verse.command(sink, ["freshness"])).code, 0);
  });

  it("says the age as a metric where it runs as a job, without a connection to the source", async () => {
    const sink = await publishedFor(DAY_MS);
    const { code, stderr } = await verse.command(sink, ["freshness"], { AWS_BATCH_JOB_ID: "a", LINODE_DSN: "" });
    assert.equal(code, 0, stderr);
    const line = JSON.parse(stderr) as Record<string, unknown>;
    assert.ok(Math.abs((line["snapshot_age_seconds"] as number) - 86_400) < 60);
    const { CloudWatchMetrics } = line["_aws"] as { CloudWatchMetrics: { Metrics: object[] }[] };
    assert.deepEqual(CloudWatchMetrics[0]?.Metrics, [{ Name: "snapshot_age_seconds", Unit: "Seconds" }]);
  });
});
