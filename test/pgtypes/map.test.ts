import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ColumnOverride, PgType } from "../../src/pgtypes/contract.ts";
import { createDecoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { selectList } from "../../src/pgtypes/project.ts";
import { fromVector } from "../support/vector-values.ts";
import { toFields } from "../support/wire.ts";
import {
  arrayOf,
  attribute,
  baseType,
  compositeOf,
  domainOf,
  INT4,
  INTERVAL,
  LAKE,
  NUMERIC,
  OR_TEXT,
  parts,
  sourceColumn,
  TEXT,
  wire,
} from "./types.ts";

const JSONB = baseType(3802, "jsonb", "jsonb_out");
const UUID = baseType(2950, "uuid", "uuid_out");
const RANGE: PgType = { ...baseType(3904, "int4range", "range_out"), kind: "range" };
const MOOD: PgType = { ...baseType(70_000, "mood", "enum_out"), kind: "enum", schema: "app" };

const mapAs = (type: PgType, override: ColumnOverride) => mapColumn(sourceColumn(type), { ...LAKE, override });

const CONCAT = "CASE WHEN q.c IS NOT DISTINCT FROM NULL THEN NULL ELSE pg_catalog.concat(q.c) END";

describe("a type that no family knows", () => {
  for (const type of [
    INTERVAL,
    RANGE,
    baseType(99, "vector", "vector_out", "vector"),
    { ...baseType(98, "nosend", "nosend_out", "x"), send: null },
    { ...baseType(2249, "record", "record_out"), kind: "pseudo" } as PgType,
  ]) {
    it(`lands as the server's own text: ${type.name}`, () => {
      const mapping = mapColumn(sourceColumn(type), LAKE);
      assert.deepEqual(mapping.type, { type: "utf8" });
      const asked = type.extension === null ? `pg_catalog.textin(${type.output}(q.c))` : CONCAT;
      assert.equal(mapping.project?.("q.c"), asked);
      const decoded = createDecoder(mapping.spec).decode(toFields([wire("a"), null, wire("")]));
      assert.deepEqual(fromVector(mapping.type, decoded), ["a", null, ""]);
    });
  }
});

describe("enums and domains", () => {
  it("land an enum as its label, as it is sent", () => {
    const mapping = mapColumn(sourceColumn(MOOD), LAKE);
    assert.deepEqual([mapping.type, mapping.project], [{ type: "utf8" }, null]);
  });

  it("land a domain as its base, with the domain's modifier and dimensions", () => {
    const price = domainOf(domainOf(NUMERIC, ((10 << 16) | 2) + 4));
    assert.deepEqual(mapColumn(sourceColumn(price), LAKE).type, { type: "decimal", precision: 10, scale: 2 });
    const grid = mapColumn(sourceColumn(domainOf(arrayOf(INT4), -1, 2)), LAKE).type;
    assert.equal(grid.type === "list" && grid.element.type.type, "list");
  });

  it("ask for a domain's text in a way that takes domains", () => {
    assert.equal(mapColumn(sourceColumn(domainOf(domainOf(RANGE))), LAKE).project?.("q.c"), CONCAT);
  });
});

describe("as: text", () => {
  it("asks for the server's text of anything", () => {
    for (const type of [INT4, arrayOf(INT4), compositeOf(attribute("a", INT4)), RANGE]) {
      const mapping = mapAs(type, { as: "text" });
      assert.deepEqual(mapping.type, { type: "utf8" });
      assert.equal(mapping.project?.("q.c"), `pg_catalog.textin(${type.output}(q.c))`);
    }
  });

  it("asks for nothing where text is sent anyway", () => {
    for (const type of [TEXT, MOOD, domainOf(TEXT)]) assert.equal(mapAs(type, { as: "text" }).project, null);
  });

  it("takes a domain as it is", () => {
    assert.equal(mapAs(domainOf(INT4), { as: "text" }).project?.("q.c"), CONCAT);
  });
});

describe("as: json", () => {
  it("asks for to_json of anything", () => {
    for (const type of [INT4, arrayOf(INTERVAL), compositeOf(attribute("a", RANGE)), MOOD, domainOf(INT4)]) {
      const mapping = mapAs(type, { as: "json" });
      assert.deepEqual(mapping.type, { type: "json" });
      assert.equal(mapping.project?.("q.c"), "pg_catalog.to_json(q.c)");
    }
  });

  it("asks for nothing where the value is JSON already, or text that holds it", () => {
    for (const type of [JSONB, TEXT, domainOf(TEXT)]) {
      const mapping = mapAs(type, { as: "json" });
      assert.deepEqual([mapping.type, mapping.project], [{ type: "json" }, null]);
    }
  });
});

describe("other targets", () => {
  it("reach the elements of an array, but not the attributes of a composite", () => {
    const uuids = mapAs(arrayOf(UUID), { as: "uuid" }).type;
    assert.equal(uuids.type === "list" && uuids.element.type.type, "uuid");
    assert.throws(() => mapAs(compositeOf(attribute("u", UUID)), { as: "uuid" }), { code: "CONFIG_INVALID" });
  });

  it("are refused where the type can't land so", () => {
    assert.throws(() => mapAs(INTERVAL, { as: "uuid" }), {
      code: "CONFIG_INVALID",
      message: 'column "c" of type pg_catalog.interval can\'t land as "uuid"',
    });
  });

  it("are refused when nobody knows them, with the nearest that is known", () => {
    assert.throws(() => mapAs(INT4, { as: "jsn" }), { code: "CONFIG_INVALID", hint: "Did you mean json?" });
    assert.throws(() => mapAs(INT4, { as: "variant" }), { hint: /Known are text, json/ });
  });

  it("say how to settle a target and the policy text", () => {
    const options = { ...OR_TEXT, override: { as: "decimal(10,2)" } };
    assert.throws(() => mapColumn(sourceColumn(arrayOf(NUMERIC)), options), { code: "CONFIG_INVALID", hint: /error or null/ });
  });
});

describe("the policy of a column", () => {
  it("goes before the object's", () => {
    assert.equal(mapAs(arrayOf(INT4), { unrepresentable: "text" }).type.type, "utf8");
    const options = { ...OR_TEXT, override: { unrepresentable: "null" } } as const;
    const mapping = mapColumn(sourceColumn(arrayOf(INT4)), options);
    const payload = wire(1, 0, 23, 1, 0, parts(7));
    assert.deepEqual(fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields([payload]))), [null]);
  });
});

describe("a spec", () => {
  it("is plain data that crosses threads", () => {
    const type = compositeOf(attribute("xs", arrayOf(compositeOf(attribute("i", INTERVAL)))), attribute("n", NUMERIC));
    const { spec } = mapColumn(sourceColumn(type), LAKE);
    assert.deepEqual(structuredClone(spec), spec);
    assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec);
  });

  it("of a codec that nobody reads is a bug", () => {
    assert.throws(() => createDecoder({ codec: "nope" }), /nope/);
  });
});

describe("the SELECT list", () => {
  it("asks for each column as its mapping wants it, under its own name", () => {
    const column = (quotedName: string, type: PgType) => ({ quotedName, mapping: mapColumn(sourceColumn(type), LAKE) });
    assert.equal(
      selectList([column('"a"', INT4), column('"odd ""name"""', INTERVAL)]),
      'q."a", pg_catalog.textin(pg_catalog.interval_out(q."odd ""name""")) AS "odd ""name"""',
    );
  });
});
