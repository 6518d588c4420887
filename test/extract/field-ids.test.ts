import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { parquetMetadata } from "hyparquet";
import type { PlannedColumn } from "../../src/extract/contract.ts";
import { pinFieldIds } from "../../src/extract/table-plan/field-ids.ts";
import { duckdbColumns } from "../support/duckdb-values.ts";
import { type Folder, objectConfig, publishedFile, temporaryFolder } from "../support/extract.ts";
import { duckdb } from "../support/parquet-file.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { findPyarrow, pyarrowColumns, pyarrowFieldIds } from "../support/pyarrow.ts";

const SETUP = `
  CREATE EXTENSION hstore;
  CREATE TYPE pair AS (a int4, "b.c" text[]);
  CREATE TABLE nested (id int4, tags text[], attributes hstore, pair pair, at timestamptz);
  INSERT INTO nested VALUES (1, '{x,y}', 'k=>v', '(7,"{z}")', '2026-11-30 00:00:00Z'), (2, NULL, NULL, NULL, NULL);
`;
const KEYS = { source: ["id"] };

let database: TestDatabase;
let folder: Folder;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query(SETUP);
});
after(async () => {
  await database.drop();
  await folder.remove();
});

const land = (query: string, name: string, pinned?: readonly PlannedColumn[]) =>
  publishedFile(objectConfig({ source: { query }, hashkeys: KEYS }), database.dsn, `${folder.url}/${name}`, {
    ...(pinned === undefined ? {} : { pinned }),
  });

/** Field ids by the path of each element; the groups in lists and maps, which have none, are left out. */
function idsIn(bytes: Buffer): Record<string, number> {
  const { schema } = parquetMetadata(new Uint8Array(bytes).buffer);
  const ids: Record<string, number> = {};
  let at = 1;
  const walk = (count: number, outer: string): void => {
    for (let i = 0; i < count; i++) {
      const { name, field_id, num_children = 0 } = schema[at++]!;
      const path = outer === "" ? name : `${outer}.${name}`;
      if (field_id !== undefined) ids[path] = field_id;
      walk(num_children, path);
    }
  };
  walk(schema[0]!.num_children!, "");
  return ids;
}

const OWN = {
  id: 1,
  tags: 2,
  "tags.list.element": 7,
  attributes: 3,
  "attributes.key_value.key": 8,
  "attributes.key_value.value": 9,
  pair: 4,
  "pair.a": 10,
  "pair.b.c": 11,
  "pair.b.c.list.element": 12,
  at: 5,
  _source_hashkey: 6,
};

describe("the field ids of a file", () => {
  it("follow the table's order where no plan says otherwise, inside nested columns too", async () => {
    const { prepared, path } = await land("TABLE nested", "own");
    assert.deepEqual(idsIn(await readFile(path)), OWN);
    const { columns } = prepared.draft;
    assert.deepEqual(
      columns.map(({ name, field_id, nested_ids }) => [name, field_id, nested_ids]),
      [
        ["id", 1, undefined],
        ["tags", 2, { "list.element": 7 }],
        ["attributes", 3, { "key_value.key": 8, "key_value.value": 9 }],
        ["pair", 4, { a: 10, '"b.c"': 11, '"b.c".list.element': 12 }],
        ["at", 5, undefined],
        ["_source_hashkey", 6, undefined],
      ],
    );
  });

  it("are the pinned plan's, by name, whatever order the table has", async () => {
    const { prepared } = await land("TABLE nested", "before");
    const first = pinFieldIds(prepared.draft.columns, null);
    const query = "SELECT at, 'n'::text AS more, pair, attributes, tags, id FROM nested";
    const { prepared: changed } = await land(query, "changed");
    const pinned = pinFieldIds(changed.draft.columns, first).columns;
    const { prepared: after, path } = await land(query, "after", pinned);
    assert.deepEqual(idsIn(await readFile(path)), { ...OWN, more: 13 });
    assert.deepEqual(after.draft.columns, pinned);
  });

  it("are found by pyarrow and DuckDB, which read the same values as without", async (t) => {
    const { path } = await land("SELECT * FROM nested ORDER BY id", "readers");
    const named = await duckdb(
      await readFile(path),
      "SELECT name, field_id FROM parquet_schema($file) WHERE field_id IS NOT NULL",
    );
    assert.deepEqual(
      named.map(({ field_id }) => Number(field_id)),
      Object.values(OWN),
    );
    const values = await duckdbColumns(path);
    assert.deepEqual(values.get("tags"), [["x", "y"], null]);
    assert.deepEqual(values.get("pair"), [{ a: 7, "b.c": ["z"] }, null]);
    if (findPyarrow() === null) return t.skip("pyarrow is not installed");
    assert.deepEqual(pyarrowFieldIds(path), OWN);
    const read = await pyarrowColumns(path);
    assert.deepEqual(read.get("tags"), values.get("tags"));
    assert.deepEqual(read.get("at"), values.get("at"));
  });
});
