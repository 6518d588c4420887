import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BronzeError } from "../../src/model/errors.ts";
import { outputKey, valueFault } from "../../src/plan/key.ts";
import { shardTable } from "../../src/plan/table.ts";

const TEMPLATE =
  "{source_system}/dataset={dataset}/admin0={admin0}/admin1={admin1}/filename_stem={filename_stem}/snapshot_dt={extract_date}/{table_name}_{extract_date}.parquet";

const VALUES = {
  source_system: "linode",
  dataset: "parcel",
  extract_date: "2026-11-30",
  admin0: "us",
  admin1: "tx",
  filename_stem: "tx_travis",
  table_name: "tx_travis",
};

const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof BronzeError && error.code === "KEY_INVALID" && error.exitCode === 2 && pattern.test(error.message);

describe("the key of a shard", () => {
  it("is the production key of a parcel county", () => {
    assert.equal(
      outputKey(TEMPLATE, VALUES),
      "linode/dataset=parcel/admin0=us/admin1=tx/filename_stem=tx_travis/snapshot_dt=2026-11-30/tx_travis_2026-11-30.parquet",
    );
  });

  it("keeps values as the lookup returns them: case, accents, inner blanks", () => {
    const key = outputKey("admin1={admin1}/{table_name}.parquet", { admin1: "TX", table_name: "doña Ana & co, st. x-1_2" });
    assert.equal(key, "admin1=TX/doña Ana & co, st. x-1_2.parquet");
  });

  for (const [value, why] of [
    [null, "is null"],
    ["", "is empty"],
    ["a/b", "has a slash"],
    ["/etc/passwd", "has a slash"],
    ["..\\x", "has a slash"],
    ["..", "has '..'"],
    ["a..b", "has '..'"],
    ["a\0b", "has a control character"],
    ["a\nb", "has a control character"],
    ["a\u0085b", "has a control character"],
    ["a\u202eb", "has a control character"],
    ["a\u2028b", "has a control character"],
    ["\ufeffa", "has a control character"],
    ["\ud800", "is not valid Unicode"],
    [" a", "begins or ends with a blank"],
    ["a\u00a0", "begins or ends with a blank"],
    ["a=b", "has '='"],
    ["a*b", "has '\\*'"],
    ["a?b", "has '\\?'"],
    ["a%2Fb", "has '%'"],
    ["{geoid}", "has '{'"],
    ["x'; DROP TABLE verse; --", "has an apostrophe"],
  ] as const) {
    it(`refuses the value ${JSON.stringify(value)}, which ${why}`, () => {
      assert.throws(
        () => outputKey(TEMPLATE, { ...VALUES, filename_stem: value }),
        refused(new RegExp(`\\{filename_stem\\} ${why}`)),
      );
    });
  }

  it("refuses a placeholder that no column fills, and says which columns there are", () => {
    assert.throws(
      () => outputKey("{geoid}.parquet", { admin1: "tx" }),
      (error) => refused(/needs \{geoid\}/)(error) && /admin1/.test((error as BronzeError).hint ?? ""),
    );
    assert.throws(() => outputKey("{constructor}.parquet", {}), refused(/needs \{constructor\}/));
  });

  it("refuses names that readers of a lake skip", () => {
    for (const value of ["_hidden", ".hidden", "."]) {
      assert.throws(() => outputKey("{t}/x.parquet", { t: value }), refused(/begins with '\.' or '_'/), value);
    }
    assert.equal(outputKey("t={t}/x.parquet", { t: "_seen" }), "t=_seen/x.parquet");
  });

  it("refuses what S3 or a file system can't hold, counted in bytes", () => {
    assert.equal(outputKey("{t}.parquet", { t: "é".repeat(123) }).length, 131);
    assert.throws(() => outputKey("{t}.parquet", { t: "é".repeat(124) }), refused(/longer than 255 bytes/));
    assert.throws(() => outputKey("{t}/{t}/{t}/{t}/{t}.parquet", { t: "a".repeat(240) }), refused(/longer than 1024 bytes/));
  });

  it("has the template's segments and no others, whatever the values hold", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("a", "B", "/", ".", "\\", "_", "=", " ", "\0", "é") }),
      fc.constantFrom("..", ".", "../..", "x/../y", `\${HOME}`, "{t}"),
    );
    fc.assert(
      fc.property(anything, anything, (admin1, table) => {
        let key: string;
        try {
          key = outputKey("a/admin1={admin1}/{table}_2026.parquet", { admin1, table });
        } catch (error) {
          assert.ok(refused(/./)(error), String(error));
          return;
        }
        // What was filled in can be read back, so it went nowhere else.
        assert.deepEqual(key.split("/"), ["a", `admin1=${admin1}`, `${table}_2026.parquet`]);
        assert.equal(valueFault(admin1) ?? valueFault(table), null);
        assert.equal(new URL(`file:///root/${encodeURI(key)}`).pathname.startsWith("/root/a/admin1="), true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the table of a shard", () => {
  it("is a schema and a name", () => {
    assert.deepEqual(shardTable("public.{table_name}", VALUES), { schema: "public", table: "tx_travis" });
    assert.deepEqual(shardTable("{s}.{table_name}_{x}", { s: "Legacy", table_name: "t", x: "y" }), {
      schema: "Legacy",
      table: "t_y",
    });
  });

  for (const name of ["x; DROP TABLE verse", 'a"b', "secret.users", "x'--", "a b", "Ünïcode", "a\nb", "$1", "{geoid}"]) {
    it(`keeps ${JSON.stringify(name)} inside one name`, () => {
      assert.deepEqual(shardTable("public.{t}", { t: name }), { schema: "public", table: name });
    });
  }

  it("refuses a value that is no PostgreSQL name, or that PostgreSQL would cut off", () => {
    for (const [value, why] of [
      [null, /is null/],
      ["", /is empty/],
      ["a\0b", /is no PostgreSQL name/],
      ["\ud800", /is no PostgreSQL name/],
      ["é".repeat(32), /longer than the 63 bytes/],
    ] as const) {
      assert.throws(() => shardTable("public.{t}", { t: value }), refused(why));
    }
    assert.throws(() => shardTable("public.{u}", { t: "x" }), refused(/no such column/));
    assert.equal(shardTable("public.{t}", { t: "a".repeat(63) }).table.length, 63);
  });

  it("never takes part of a value for the schema", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 15 }), (value) => {
        if (value.includes("\0")) return;
        assert.deepEqual(shardTable("public.p_{t}", { t: value }), { schema: "public", table: `p_${value}` });
      }),
    );
  });
});
