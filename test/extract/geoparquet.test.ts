import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../support/command-line.ts";
import { type Folder, temporaryFolder } from "../support/extract.ts";
import { postgisDatabase, type TestDatabase } from "../support/postgres.ts";
import { findPyarrow } from "../support/pyarrow.ts";

const CONFIG = `
object: shapes
extract_pattern: single_table
source_system: test
dataset: shapes
source:
  query: SELECT * FROM shapes ORDER BY id
sink:
  bucket: nowhere
  key: "{dataset}_{extract_date}.parquet"
`;

describe("extract --config of PostGIS geometry", () => {
  let database: TestDatabase | null = null;
  let folder: Folder;
  before(async () => {
    folder = await temporaryFolder();
    database = await postgisDatabase();
    await database?.query(
      `CREATE TABLE shapes (id int, shape geometry(MultiPolygon, 4326), place geography(Point, 4326), lamb geometry(LineString, 2154))`,
    );
    await database?.query(`INSERT INTO shapes SELECT i, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(-97 + i * 0.01, 30), 4326), 0.004)),
      ST_SetSRID(ST_MakePoint(-97 + i * 0.01, 30), 4326), CASE WHEN i % 2 = 0 THEN ST_SetSRID(ST_MakeLine(ST_MakePoint(i, 6e6), ST_MakePoint(i + 1, 6.1e6)), 2154) END FROM generate_series(1, 500) i`);
  });
  after(async () => {
    await database?.drop();
    await folder.remove();
  });

  it("passes the GeoParquet validator and our own", async (t) => {
    const python = findPyarrow();
    if (database === null || python === null) return t.skip("needs PostGIS and Python with pyarrow and geoparquet-validator");
    const config = join(folder.path, "shapes.yaml");
    await writeFile(config, CONFIG);
    const env = { LINODE_DSN: database.dsn };
    const extracted = await run(["--config", config, "--extract-date", "2026-11-30", "--sink", folder.url], { env });
    assert.equal(extracted.code, 0, extracted.stderr);
    const file = join(folder.path, "shapes_2026-11-30.parquet");
    // The validator is a command beside the interpreter that has pyarrow.
    const validator = python.includes("/") ? join(dirname(python), "geoparquet-validator") : "geoparquet-validator";
    execFileSync(validator, ["check", "--class", "core", file], { stdio: "pipe" });
    const validated = await run(["validate", file, "--sink", folder.url], { bin: "pg-bronze", env });
    assert.equal(validated.code, 0, validated.stderr + validated.stdout);
  });
});
