import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { landingOf, prepareOurs } from "../../../bench/contenders/ours.ts";
import type { BenchTable } from "../../../bench/tables.ts";
import { loadObjectConfig } from "../../../src/patterns/load.ts";

const table: BenchTable = {
  name: "tx_parcel",
  rows: 1,
  ours: true,
  columns: [{ name: "wkb_geometry", type: "bytea", holdsGeometry: true }],
  keys: { source: ["geoid", "ll_uuid"], record: ["geoid", "ll_uuid", "wkb_geometry"] },
};

describe("our own command line in the benchmark", () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-ours-"));
  const run = prepareOurs(landingOf(table, "postgresql://secret@host/db"), { codec: "zstd3", threads: 2, keys: true }, folder);

  it("gets a config that is valid", async (t) => {
    t.after(() => rmSync(folder, { recursive: true }));
    const config = await loadObjectConfig(join(folder, "config.yaml"), {});
    assert.deepEqual(config.hashkeys?.record, ["geoid", "ll_uuid", "wkb_geometry"]);
    assert.deepEqual(config.columns["wkb_geometry"], { as: "geometry", srid: 4326 });
    assert.equal(config.sink.url, `file://${folder}`);
  });

  it("gets codec, level and threads by flags, and the connection string by its environment", () => {
    const flags = run.command.argv.join(" ");
    assert.match(flags, /--threads 2 --compression zstd --compression-level 3/);
    assert.doesNotMatch(flags, /secret/);
    assert.equal(run.command.env?.["BENCH_DSN"], "postgresql://secret@host/db");
    assert.equal(run.file, join(folder, "tx_parcel_2026-01-01.parquet"));
  });
});
