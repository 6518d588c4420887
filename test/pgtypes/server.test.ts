import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import type { LogicalType } from "../../src/model/logical-type.ts";
import { quoteIdentifier } from "../../src/model/sql.ts";
import { type MappingOptions, type SourceColumn, Unrepresentable } from "../../src/pgtypes/contract.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { everyType, literal } from "../support/every-type.ts";
import type { EveryTypeColumn } from "../support/every-type-column.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { connections, decode, encodedAgain, type Landed, land, options, serverTexts, withDimensions } from "./landing.ts";

/** Types against a real server: what is decoded must be what the server says, and what is encoded must be what it sent. */

/** A landed value as to_json would have it. */
function asJson(type: LogicalType, value: unknown): unknown {
  if (value === null) return null;
  switch (type.type) {
    case "list":
      return (value as unknown[]).map((item) => asJson(type.element.type, item));
    case "struct":
      return Object.fromEntries(
        type.fields.map(({ name, type: part }) => [name, asJson(part, (value as Record<string, unknown>)[name])]),
      );
    case "map":
      return Object.fromEntries(value as [string, string | null][]);
    case "decimal":
      return Number(value) / 10 ** type.scale;
    default:
      return value;
  }
}

for (const postgis of [false, true]) {
  describe(`a table with every type${postgis ? ", PostGIS among them" : ""}`, () => {
    const every = everyType({ postgis });
    let database: TestDatabase | null;
    let client: pg.Client;
    let end: () => Promise<void>;
    let columns: SourceColumn[];
    const columnOf = (name: string) => columns.find((column) => column.name === name)!;

    before(async () => {
      database = postgis ? await postgisDatabase() : await testDatabase();
      if (database === null) return;
      const open = await connections(database.dsn);
      ({ client, end } = open);
      for (const statement of [...every.prepare, every.createTable("every"), every.insertEdges("every")])
        await client.query(statement);
      columns = (await open.source.describe("SELECT * FROM every")).map(withDimensions);
    });

    after(async () => {
      await end?.();
      await database?.drop();
    });

    const onServer = (name: string, test: () => Promise<void>) =>
      it(name, async (context) => (database === null ? context.skip("PostGIS is not installed") : test()));

    for (const profile of ["lake", "native"] as const) {
      onServer(`encodes to the bytes that were sent, profile ${profile}`, async () => {
        assert.deepEqual(encodedAgain(await land(client, "SELECT * FROM every ORDER BY id", columns, options(profile))), []);
      });
    }

    onServer("lands as the server's text what has no other counterpart", async () => {
      const landed = await land(client, "SELECT * FROM every ORDER BY id", columns, options("lake"));
      const texts = landed.filter(({ mapping }) => mapping.spec.codec === "server_text");
      assert.ok(texts.length > 50);
      for (const one of texts) {
        const name = quoteIdentifier(one.column.name);
        assert.deepEqual(decode(one), await serverTexts(client, name, "every ORDER BY id"), one.column.name);
      }
    });

    onServer("lands any column as text", async () => {
      const how = { ...options("lake"), override: { as: "text" } };
      const all = columns.filter(({ name }) => !/^(float|geog|geom)/.test(name));
      for (const one of await land(client, "SELECT * FROM every ORDER BY id", all, how)) {
        const name = quoteIdentifier(one.column.name);
        assert.deepEqual(one.mapping.type, { type: "utf8" });
        assert.deepEqual(decode(one), await serverTexts(client, name, "every ORDER BY id"), one.column.name);
      }
    });

    onServer("lands any column as JSON, but text, which has to hold it", async () => {
      const how = { ...options("lake"), override: { as: "json" } };
      // PostGIS makes GeoJSON of its types.
      const others = columns.filter(({ name }) => !/geom|geog|^box[23]d/.test(name));
      const asked = others.filter((column) => mapColumn(column, how).project !== null);
      assert.ok(asked.length > others.length - 15);
      for (const one of await land(client, "SELECT * FROM every ORDER BY id", asked, how)) {
        assert.deepEqual(one.mapping.type, { type: "json" });
        const expected = await serverTexts(client, `to_json(${quoteIdentifier(one.column.name)})`, "every ORDER BY id");
        assert.deepEqual(decode(one), expected, one.column.name);
      }
    });

    onServer("lands an array's elements as its element type lands alone", async () => {
      const landed = await land(client, "SELECT * FROM every ORDER BY id", columns, options("lake"));
      const byName = new Map(landed.map((one) => [one.column.name, one]));
      let compared = 0;
      for (const array of every.columns.filter(({ name }) => name.endsWith("_array"))) {
        const scalar = every.columns.find(({ name, type }) => `${name}_array` === array.name && `${type}[]` === array.type);
        if (scalar === undefined || array.edges.length !== 4) continue;
        const elements = decode(byName.get(scalar.name)!).slice(1, scalar.edges.length + 1);
        const lists = decode(byName.get(array.name)!);
        const half = elements.length >> 1;
        const withNull = [...elements.slice(0, half), null, ...elements.slice(half)];
        assert.deepEqual(lists.slice(0, 5), [null, [], [null], [elements[0]], withNull], array.name);
        compared++;
      }
      assert.ok(compared > 80, `${compared} arrays compared`);
    });

    onServer("lands composites, arrays and domains of them as to_json tells them", async () => {
      const names =
        "native_pair native_pair_array native_pair_2d native_deep mixed mixed_array mixed_2d deep deep_array mixed_domain " +
        "mixed_domain_array mixed_list mixed_list_array pair_domain pair_domain_array grid grid_array periods periods_array " +
        "interval_2d int4_2d text_3d box_2d textrange_array span_array duration_array moods_array price_array small_positive_array";
      const asked = names.split(" ").map(columnOf);
      for (const one of await land(client, "SELECT * FROM every ORDER BY id", asked, options("lake"))) {
        const { name } = one.column;
        const expected = await serverTexts(client, `to_json(${quoteIdentifier(name)})`, "every ORDER BY id");
        const landed = decode(one).map((value) => asJson(one.mapping.type, value));
        assert.deepEqual(
          landed,
          expected.map((json) => (json === null ? null : JSON.parse(json))),
          name,
        );
      }
    });

    const withUnfit = every.columns.filter(({ unrepresentable }) => unrepresentable.length > 0);

    /** A value that lands, then one without a counterpart. */
    const pair = (column: EveryTypeColumn, value: string) =>
      `(VALUES (0, ${literal(column, column.edges[0]!)}), (1, ${literal(column, value)})) AS v (id, ${column.name})`;

    async function landUnfit(column: EveryTypeColumn, value: string, how: MappingOptions): Promise<Landed> {
      const [one] = await land(client, `SELECT * FROM ${pair(column, value)} ORDER BY id`, [columnOf(column.name)], how);
      return one!;
    }

    onServer("names the slot of each value without a counterpart", async () => {
      for (const column of withUnfit) {
        for (const { value, profiles } of column.unrepresentable) {
          for (const profile of profiles) {
            const one = await landUnfit(column, value, options(profile));
            const atSlot1 = (error: unknown) => error instanceof Unrepresentable && error.slot === 1;
            assert.throws(() => decode(one), atSlot1, `${column.name} ${value} ${profile}`);
          }
        }
      }
    });

    onServer("lands each value without a counterpart as null, or as text, where asked", async () => {
      for (const column of withUnfit) {
        for (const { value, profiles } of column.unrepresentable) {
          const asNull = await landUnfit(column, value, options(profiles[0]!, "null"));
          assert.match(
            JSON.stringify(decode(asNull)[1], (_, item) => (typeof item === "bigint" ? `${item}` : item)),
            /null/,
            `${column.name} ${value}`,
          );
          const asText = await landUnfit(column, value, options(profiles[0]!, "text"));
          if (asText.mapping.type.type === "struct") continue;
          assert.deepEqual(asText.mapping.type, { type: "utf8" }, column.name);
          const expected = await serverTexts(client, column.name, `${pair(column, value)} ORDER BY id`);
          assert.deepEqual(decode(asText), expected, `${column.name} ${value}`);
        }
      }
    });
  });
}
