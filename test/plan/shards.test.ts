import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { BronzeError } from "../../src/model/errors.ts";
import { parseSnapshotDate } from "../../src/model/ids.ts";
import { loadObject } from "../../src/patterns/load.ts";
import type { LookupRow, Selection, ShardedConfig, ShardPlan } from "../../src/plan/contract.ts";
import { normalSelection } from "../../src/plan/select.ts";
import { planShards } from "../../src/plan/shards.ts";

const DAY = parseSnapshotDate("2026-11-30");

const county = (geoid: string, admin1: string, name: string, more: LookupRow = {}): LookupRow => ({
  admin0: "us",
  admin1,
  admin2: name,
  geoid,
  table_name: `${admin1}_${name}`,
  filename_stem: `${admin1}_${name}`,
  total_objects: "1000",
  last_refresh: "2026-10-01",
  ...more,
});

const ROWS = [
  county("01001", "al", "autauga"),
  county("26163", "mi", "wayne"),
  county("48113", "tx", "dallas"),
  county("48201", "tx", "harris"),
];

let parcel: ShardedConfig;
before(async () => {
  parcel = (await loadObject("parcel", {}, tmpdir())).config as ShardedConfig;
});

const plan = (rows: readonly LookupRow[], selection: Selection = {}): ShardPlan => planShards(parcel, rows, selection, DAY);
const ids = (result: ShardPlan): string[] => result.shards.map((shard) => shard.id);
const errorOf = (run: () => unknown): BronzeError => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof BronzeError, String(error));
    return error;
  }
  return assert.fail("nothing was thrown");
};

describe("the shards of a lookup", () => {
  it("are one for each row, in the lookup's order", () => {
    const result = plan(ROWS);
    assert.deepEqual(ids(result), ["01001", "26163", "48113", "48201"]);
    assert.deepEqual(result.rejected, []);
    assert.deepEqual(result.shards[0], {
      id: "01001",
      object: "parcel",
      snapshotDt: "2026-11-30",
      source: { kind: "table", schema: "public", table: "al_autauga" },
      key: "linode/dataset=parcel/admin0=us/admin1=al/filename_stem=al_autauga/snapshot_dt=2026-11-30/al_autauga_2026-11-30.parquet",
      values: ROWS[0],
      estimatedRows: 1000,
    });
  });

  it("are named by the table where the lookup has no geoid", () => {
    const { geoid: _, ...row } = county("", "tx", "travis");
    assert.deepEqual(ids(plan([row])), ["tx_travis"]);
  });

  it("are named by the column that source.id says, and rejected alone where a row has nothing there", () => {
    const config = { ...parcel, source: { ...parcel.source, id: "admin2" } };
    const rows = [...ROWS, county("48453", "tx", "", { table_name: "tx_travis", filename_stem: "tx_travis" })];
    const { shards, rejected } = planShards(config, rows, { geoid: ["26163", "48453"] }, DAY);
    assert.deepEqual(
      shards.map(({ id }) => id),
      ["wayne"],
    );
    assert.deepEqual(
      rejected.map(({ label, error }) => [label, error.message]),
      [["tx_travis", '"" can\'t name a shard']],
    );
  });

  it("refuse a lookup without the column that source.id says", () => {
    const config = { ...parcel, source: { ...parcel.source, id: "fips" } };
    const error = errorOf(() => planShards(config, ROWS, {}, DAY));
    assert.equal(error.code, "QUERY_INVALID");
    assert.equal(error.message, "The shard lookup of parcel returns no column fips, which source.id names");
    assert.match(error.hint ?? "", /^It returns admin0, admin1, .*geoid/);
  });

  for (const [text, rows] of [
    ["0", 0],
    ["2500000", 2500000],
    [null, null],
    ["", null],
    ["-1", null],
    ["1e6", null],
    ["99999999999999999999", null],
  ] as const) {
    it(`expect ${rows ?? "an unknown number of"} rows when total_objects is ${JSON.stringify(text)}`, () => {
      assert.equal(plan([county("48113", "tx", "dallas", { total_objects: text })]).shards[0]?.estimatedRows, rows);
    });
  }

  for (const [name, more, why] of [
    ["has no table", { table_name: null }, /table_name\} is null/],
    ["climbs by its filename_stem", { filename_stem: "../../secrets" }, /filename_stem\} has a slash/],
    ["has no state", { admin1: "" }, /admin1\} is empty/],
    ["tries SQL in its table name", { table_name: "x'; DROP TABLE verse; --" }, /table_name\} has an apostrophe/],
    ["has a control character", { filename_stem: "tx\n" }, /control character/],
    ["has a geoid that can't name a shard", { geoid: "../48113" }, /can't name a shard/],
  ] as const) {
    it(`go on when one row ${name}, which fails alone with a clear error`, () => {
      const result = plan([...ROWS, county("48453", "tx", "travis", more)]);
      assert.equal(result.shards.length, 4);
      assert.equal(result.rejected.length, 1);
      const [rejected] = result.rejected;
      assert.equal(rejected?.error.code, "KEY_INVALID");
      assert.match(rejected?.error.message ?? "", why);
      assert.equal(rejected?.label, "geoid" in more ? "../48113" : "48453");
      assert.equal(rejected?.error.context["shard"], rejected?.label);
    });
  }

  it("refuse both rows that would land the same key", () => {
    const result = plan([...ROWS, county("99999", "tx", "harris")]);
    assert.deepEqual(ids(result), ["01001", "26163", "48113"]);
    assert.deepEqual(
      result.rejected.map(({ label }) => label),
      ["48201", "99999"],
    );
    assert.match(result.rejected[0]?.error.message ?? "", /^2 rows of the lookup have the key linode\/dataset=parcel/);
  });

  it("refuse both rows with one geoid, also when only one of them is asked for", () => {
    const rows = [...ROWS, county("48201", "tx", "harris_old")];
    assert.match(plan(rows).rejected[1]?.error.message ?? "", /2 rows of the lookup have the name 48201/);
    assert.deepEqual(plan(rows, { table: ["tx_harris"] }).shards.length, 0);
  });

  it("refuse an empty lookup, and one with a column that the config fills", () => {
    assert.equal(errorOf(() => plan([])).code, "SHARD_UNKNOWN");
    const clash = errorOf(() => plan([county("48113", "tx", "dallas", { dataset: "other" })]));
    assert.equal(clash.code, "QUERY_INVALID");
    assert.match(clash.message, /column dataset/);
  });

  it("have keys all their own, whatever the rows hold", () => {
    const text = fc.oneof(fc.constantFrom("tx", "TX", "a", "b", "a_b", "..", "", "a/b"), fc.string({ maxLength: 6 }));
    const row = fc.record({ admin0: text, admin1: text, geoid: text, table_name: text, filename_stem: text });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), (rows) => {
        const result = plan(rows);
        assert.equal(result.shards.length + result.rejected.length, rows.length);
        assert.equal(new Set(result.shards.map((shard) => shard.key)).size, result.shards.length);
        assert.equal(new Set(result.shards.map((shard) => shard.id)).size, result.shards.length);
        for (const { key } of result.shards) assert.equal(key.split("/").length, 7);
      }),
      { numRuns: 500 },
    );
  });

  it("plans the whole country in well under a second", () => {
    const rows = Array.from({ length: 3200 }, (_, i) => county(String(i).padStart(5, "0"), "tx", `county_${i}`));
    const begin = performance.now();
    assert.equal(plan(rows).shards.length, 3200);
    assert.ok(performance.now() - begin < 1000);
  });
});

describe("a selection", () => {
  for (const [name, selection, expected] of [
    ["nothing", {}, ["01001", "26163", "48113", "48201"]],
    ["geoids", { geoid: ["48201", "01001"] }, ["01001", "48201"]],
    ["a state in capitals", { admin1: ["TX"] }, ["48113", "48201"]],
    ["several states", { admin1: ["Mi", "al"] }, ["01001", "26163"]],
    ["a table", { table: ["tx_dallas"] }, ["48113"]],
    ["a table with its schema", { table: ["public.tx_dallas"] }, ["48113"]],
    ["a column of the lookup", { admin2: ["wayne", "harris"] }, ["26163", "48201"]],
    ["a column without values", { geoid: [], admin1: ["mi"] }, ["26163"]],
    ["a state and a geoid", { admin1: ["tx"], geoid: ["48113", "01001"] }, ["48113"]],
  ] as const) {
    it(`of ${name} takes what matches every filter`, () => {
      assert.deepEqual(ids(plan(ROWS, selection)), expected);
    });
  }

  it("finds states under the older name of the column", () => {
    const rows = ROWS.map(({ admin1, ...row }): LookupRow => ({ ...row, state: admin1 ?? null }));
    const older = { ...parcel, sink: { ...parcel.sink, key: "{state}/{table_name}_{extract_date}.parquet" } };
    assert.deepEqual(ids(planShards(older, rows, { admin1: ["MI"] }, DAY)), ["26163"]);
  });

  it("leaves out the rejected rows that it doesn't ask for, and keeps those that it does", () => {
    const rows = [...ROWS, county("48453", "tx", "travis", { filename_stem: null })];
    assert.equal(plan(rows, { geoid: ["48113"] }).rejected.length, 0);
    assert.equal(plan(rows, { geoid: ["48453"] }).rejected.length, 1);
    assert.equal(plan(rows, { table: ["tx_travis"] }).rejected.length, 1);
  });

  for (const [selection, message, hint] of [
    [{ geoid: ["48114"] }, 'parcel has no geoid "48114"', /Did you mean 48113\?/],
    [{ geoid: ["48113", "1001"] }, 'parcel has no geoid "1001"', /Did you mean 01001\?/],
    [{ admin1: ["TZ"] }, 'parcel has no state "TZ"', /Did you mean tx\? The lookup has al, mi, tx\./],
    [{ table: ["tx_dalas"] }, 'parcel has no table "tx_dalas"', /Did you mean tx_dallas\?/],
    [{ population: ["1"] }, 'parcel has no population "1"', /The lookup has no population at all\./],
    [{ constructor: ["1"] }, 'parcel has no constructor "1"', /The lookup has no constructor at all\./],
    [{ admin1: ["tx"], geoid: ["26163"] }, "No county of parcel matches all the filters", /no county matches them together/],
  ] as const) {
    it(`refuses ${JSON.stringify(selection)} and says what there is`, () => {
      const error = errorOf(() => plan(ROWS, selection));
      assert.equal(error.code, "SHARD_UNKNOWN");
      assert.equal(error.exitCode, 2);
      assert.equal(error.message, message);
      assert.match(error.hint ?? "", hint);
    });
  }
});

describe("the normal spelling of a selection", () => {
  it("is the same for selections that ask for the same", () => {
    const normal = { admin1: ["mi", "tx"], geoid: ["48113", "48453"], table: ["TX_a"] };
    for (const selection of [
      { geoid: ["48453", "48113", "48453"], admin1: ["TX", "mi", "tx"], table: ["TX_a"] },
      { table: ["TX_a"], admin1: ["MI", "Tx"], geoid: ["48113", "48453"], admin2: [] },
    ]) {
      assert.deepEqual(normalSelection(selection), normal);
    }
  });

  it("has nothing in it when nothing in particular was asked for", () => {
    assert.deepEqual(normalSelection({ geoid: [], table: [] }), {});
  });
});
