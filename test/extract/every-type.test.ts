import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import pg from "pg";
import type { ObjectConfig } from "../../src/config/object-config.ts";
import { planTable } from "../../src/extract/table-plan/table-plan.ts";
import type { Profile } from "../../src/pgtypes/contract.ts";
import { createDecoder } from "../../src/pgtypes/create.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { openSource } from "../../src/source/source.ts";
import { duckdbColumns, withHex } from "../support/duckdb-values.ts";
import { everyType } from "../support/every-type.ts";
import { extract, type Folder, landed, objectConfig, readLanded, temporaryFolder } from "../support/extract.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { findPyarrow, pyarrowColumns } from "../support/pyarrow.ts";
import { fromVector } from "../support/vector-values.ts";
import { copyPayloads, toFields } from "../support/wire.ts";

/** What every column must hold: the wire bytes as another COPY reader gets them, through decoders that are proven against the server's text. */
async function expectedColumns(
  dsn: string,
  query: string,
  config: ObjectConfig,
  profile: Profile,
): Promise<Map<string, unknown[]>> {
  const timeouts = { statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
  const source = await openSource({
    dsn: resolveDsn({}, "X", dsn),
    applicationName: "test",
    connectTimeoutMs: 10_000,
    ...timeouts,
  });
  const client = new pg.Client({ connectionString: dsn });
  try {
    const table = planTable(query, await source.describe(query), config, profile);
    await client.connect();
    await client.query("SET TimeZone = 'UTC'; SET IntervalStyle = postgres; SET DateStyle = 'ISO'");
    const payloads = await copyPayloads(client, table.select);
    return new Map(
      table.wireColumns.map(({ name, spec }, i) => [
        name,
        fromVector(table.fields[i]!.type, createDecoder(spec).decode(toFields(payloads[i]!))).map(withHex),
      ]),
    );
  } finally {
    await client.end();
    await source.close();
  }
}

function suite(name: string, open: () => Promise<TestDatabase | null>, postgis: boolean): void {
  describe(`a table of every type, ${name}`, async () => {
    let database: TestDatabase | null = null;
    let folder: Folder;
    const everything = everyType({ postgis });
    const query = "SELECT * FROM everything ORDER BY id";
    const config = objectConfig({ source: { query } });

    before(async () => {
      folder = await temporaryFolder();
      database = await open();
      for (const sql of database === null
        ? []
        : [...everything.prepare, everything.createTable("everything"), everything.insertEdges("everything")]) {
        await database?.query(sql);
      }
    });
    after(async () => {
      await database?.drop();
      await folder.remove();
    });

    for (const profile of ["lake", "native"] as const) {
      it(`lands value for value in the ${profile} profile, as DuckDB and pyarrow read it`, async (t) => {
        if (database === null) return t.skip("PostGIS is not installed");
        const manifest = landed(await extract(config, database.dsn, `${folder.url}/${profile}`, { overrides: { profile } }));
        const file = fileURLToPath(manifest.url);
        const expected = await expectedColumns(database.dsn, query, config, profile);
        assert.equal(manifest.columns.length, expected.size);
        const readers: [string, Map<string, unknown[]>][] = [["DuckDB", await duckdbColumns(file)]];
        if (findPyarrow() !== null) readers.push(["pyarrow", await pyarrowColumns(file)]);
        for (const [reader, columns] of readers) {
          for (const [column, values] of expected) assert.deepEqual(columns.get(column), values, `${column}, read by ${reader}`);
        }
      });
    }

    it("gives the same bytes by cursor as by COPY, with 0, 1 and 3 threads", async (t) => {
      if (database === null) return t.skip("PostGIS is not installed");
      const files = new Set<string>();
      for (const overrides of [{ threads: 0 }, { threads: 1 }, { threads: 3 }, { threads: 0, transport: "cursor" }] as const) {
        const manifest = landed(await extract(config, database.dsn, `${folder.url}/same`, { overrides }));
        files.add((await readLanded(manifest)).toString("hex"));
      }
      assert.equal(files.size, 1);
    });

    describe("values without a counterpart", () => {
      const odd = everything.columns.flatMap((column) =>
        column.unrepresentable.filter(({ profiles }) => profiles.includes("lake")).map(({ value }) => ({ column, value })),
      );
      const landOdd = async (policy: string, what = "*", where = "true") => {
        const select = `SELECT ${what} FROM odd WHERE ${where} ORDER BY id`;
        return extract(objectConfig({ source: { query: select }, unrepresentable: policy }), database!.dsn, `${folder.url}/odd`);
      };

      before(async () => {
        if (database === null) return;
        await database.query(everything.createTable("odd"));
        for (const [id, { column, value }] of odd.entries())
          await database.query(everything.insertValue("odd", id, column, value));
      });

      it("fail the shard with column and row, one of each column", async (t) => {
        if (database === null) return t.skip("PostGIS is not installed");
        const first = odd.filter(({ column }, i) => odd.findIndex((other) => other.column === column) === i);
        for (const { column, value } of first) {
          const id = odd.findIndex((other) => other.column === column);
          const [shard] = (await landOdd("error", `id, ${column.name}`, `id = ${id}`)).shards;
          assert.ok(shard?.outcome === "failed" && shard.error.code === "UNREPRESENTABLE", `${column.name} ${value} landed`);
          assert.deepEqual([shard.error.context["column"], shard.error.context["row"]], [column.name, 1]);
        }
      });

      it("land as null where the config says so, at any depth", async (t) => {
        if (database === null) return t.skip("PostGIS is not installed");
        const columns = await duckdbColumns(fileURLToPath(landed(await landOdd("null")).url));
        for (const [id, { column, value }] of odd.entries()) {
          const got = columns.get(column.name)![id];
          assert.ok(inspect(got, { depth: null }).includes("null"), `${column.name} ${value} is ${inspect(got)}`);
        }
      });

      it("land as the server's text where the config says so", async (t) => {
        if (database === null) return t.skip("PostGIS is not installed");
        const columns = await duckdbColumns(fileURLToPath(landed(await landOdd("text")).url));
        for (const [id, { column, value }] of odd.entries()) {
          const [told] = await database.query(`SELECT format('%s', ${column.name}) AS text FROM odd WHERE id = ${id}`);
          const got = columns.get(column.name)![id];
          // Of a composite only the attribute becomes text; the composite's own text quotes it once more.
          const within = typeof got === "object" ? Object.values(got as object).find((attribute) => attribute !== null) : null;
          if (within === null) assert.equal(got, told!["text"], `${column.name} ${value}`);
          else assert.ok(String(told!["text"]).replaceAll('""', '"').includes(String(within)), `${column.name} ${value}`);
        }
        assert.ok(odd.length > 20);
      });
    });
  });
}

suite("PostgreSQL from npm", testDatabase, false);
suite("with PostGIS", postgisDatabase, true);
