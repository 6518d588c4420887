import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { extractSpec } from "../../src/cli/commands/extract/spec.ts";
import type { Flag } from "../../src/cli/flags/flag.ts";
import { FLAGS, type FlagName } from "../../src/cli/flags/flags.ts";
import { readFlags } from "../../src/cli/flags/read-flags.ts";
import { COMMANDS } from "../../src/cli/program.ts";
import { BronzeError } from "../../src/model/errors.ts";

const ALL = Object.entries(FLAGS) as [FlagName, Flag<unknown>][];
const read = (given: Record<string, unknown>, env: Record<string, string> = {}) => readFlags(extractSpec.flags, given, env).flags;
const fault = (given: Record<string, unknown>, env: Record<string, string> = {}): string => {
  try {
    read(given, env);
  } catch (error) {
    assert.ok(error instanceof BronzeError && error.code === "USAGE" && error.hint !== undefined, String(error));
    return error.message;
  }
  return assert.fail("accepted");
};

describe("the table of flags", () => {
  it("gives every flag a name, a letter and a variable of its own", () => {
    for (const of of [
      (flag: Flag<unknown>) => flag.long,
      (flag: Flag<unknown>) => flag.env,
      (flag: Flag<unknown>) => flag.short,
    ]) {
      const names = ALL.flatMap(([, flag]) => of(flag) ?? []);
      assert.equal(new Set(names).size, names.length);
    }
  });

  it("names each flag as commander will", () => {
    for (const [name, flag] of ALL)
      assert.equal(
        name,
        flag.long.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      );
  });

  for (const [name, flag] of ALL) {
    it(`has an example for --${flag.long} that the flag accepts`, () => {
      const [typed, value] = flag.example.split(" ");
      assert.equal(typed, `--${flag.long}`);
      if (flag.value !== null) flag.parse(value ?? "");
      assert.ok(flag.details.length > 0 && !flag.help.endsWith("."), name);
    });
  }

  it("is used up by the commands", () => {
    const used = new Set(COMMANDS.flatMap((command) => command.flags));
    assert.deepEqual(
      ALL.map(([name]) => name).filter((name) => !used.has(name)),
      [],
    );
  });

  it("is covered by dev/.env.local.example as far as extract goes", async () => {
    const example = await readFile(new URL("../../dev/.env.local.example", import.meta.url), "utf8");
    const named = new Set([...example.matchAll(/^#?([A-Z_]+)=/gm)].map((match) => match[1]));
    assert.deepEqual(
      extractSpec.flags.map((name) => FLAGS[name].env).filter((variable) => !named.has(variable)),
      [],
    );
  });
});

describe("flags and their variables", () => {
  it("take the variable where the flag is missing, and the flag where both are there", () => {
    assert.equal(read({}, { SINK: "file:///a" }).sink, "file:///a");
    assert.equal(read({ sink: "file:///b" }, { SINK: "file:///a" }).sink, "file:///b");
    assert.equal(read({}, {}).sink, undefined);
  });

  it("take what the submitter of a job set where the flag's own variable is unset", () => {
    assert.equal(read({}, { AWS_BATCH_JOB_ARRAY_INDEX: "7" }).shardIndex, 7);
    assert.equal(read({}, { PG_BRONZE_SHARD_INDEX: "8", AWS_BATCH_JOB_ARRAY_INDEX: "7" }).shardIndex, 8);
    assert.equal(read({}, { PG_BRONZE_SHARD_INDEX: "", AWS_BATCH_JOB_ARRAY_INDEX: "7" }).shardIndex, 7);
    assert.match(fault({}, { AWS_BATCH_JOB_ARRAY_INDEX: "x" }), /^AWS_BATCH_JOB_ARRAY_INDEX: "x" is not a whole number/);
  });

  it("count an empty or blank variable as unset", () => {
    assert.equal(read({}, { SINK: "", GEOID: "  ", DRY_RUN: "" }).sink, undefined);
    assert.deepEqual(read({}, { GEOID: " " }).geoid, undefined);
  });

  it("read lists with commas, blanks and line ends, each name once", () => {
    assert.deepEqual(read({ geoid: "48113, 48201\n01001,48113" }).geoid, ["48113", "48201", "01001"]);
    assert.deepEqual(read({}, { STATE_FILTER: "MI,OH" }).state, ["MI", "OH"]);
  });

  it("let one choice on the command line make the variables of all choices void", () => {
    const env = { GEOID: "48113", STATE_FILTER: "TX", OBJECT: "parcel" };
    const byTable = read({ table: "mi_wayne" }, env);
    assert.deepEqual([byTable.table, byTable.geoid, byTable.state], [["mi_wayne"], undefined, undefined]);
    const all = read({ all: true }, env);
    assert.deepEqual([all.all, all.geoid, all.state], [true, undefined, undefined]);
    assert.equal(read({ config: "x.yaml" }, env).object, undefined);
    assert.deepEqual([read({}, env).geoid, read({}, env).state], [["48113"], ["TX"]]);
  });

  it("read switches as true and false in words and digits", () => {
    for (const word of ["1", "true", "YES", "on"]) assert.equal(read({}, { DRY_RUN: word }).dryRun, true);
    for (const word of ["0", "false", "No", "off"]) assert.equal(read({}, { DRY_RUN: word }).dryRun, false);
  });

  for (const [given, day] of [
    ["2026-11-30", "2026-11-30"],
    ["2026-12-01T06:00:00Z", "2026-12-01"],
    ["2026-11-30T23:30:00-05:00", "2026-12-01"],
    ["2026-12-01T00:30+05:30", "2026-11-30"],
    ["2026-12-31T23:59:59.999Z", "2026-12-31"],
  ] as const) {
    it(`take ${given} as the extract date ${day}: an instant is its day in UTC`, () => {
      assert.equal(read({ extractDate: given }, {}).extractDate, day);
      assert.equal(read({}, { EXTRACT_DATE: given }).extractDate, day);
    });
  }

  for (const [given, env, message] of [
    [{ geoid: "1001" }, {}, '--geoid: "1001" is not a geoid'],
    [{}, { GEOID: "1001" }, 'GEOID: "1001" is not a geoid'],
    [{ geoid: "," }, {}, '--geoid: "," names nothing'],
    [{ extractDate: "2026-02-30" }, {}, '--extract-date: "2026-02-30" is not a date'],
    [{}, { EXTRACT_DATE: "yesterday" }, 'EXTRACT_DATE: "yesterday" is not a date'],
    [{}, { EXTRACT_DATE: "2026-02-30T06:00:00Z" }, 'EXTRACT_DATE: "2026-02-30" is not a date'],
    [{}, { EXTRACT_DATE: "2026-11-30T25:00:00Z" }, 'EXTRACT_DATE: "2026-11-30T25:00:00Z" is not an instant'],
    [{}, { EXTRACT_DATE: "2026-11-30T06:00:00" }, 'EXTRACT_DATE: "2026-11-30T06:00:00" is not a date'],
    [{ profile: "ocean" }, {}, '--profile: "ocean" is none of lake, native'],
    [{}, { TRANSPORT: "pigeon" }, 'TRANSPORT: "pigeon" is none of copy, cursor'],
    [{ threads: "17" }, {}, '--threads: "17" is not a whole number from 0 to 16'],
    [{ threads: "-1" }, {}, '--threads: "-1" is not a whole number from 0 to 16'],
    [{ compressionLevel: "1.5" }, {}, '--compression-level: "1.5" is not a whole number from 1 to 19'],
    [{}, { DRY_RUN: "maybe" }, 'DRY_RUN: "maybe" is neither true nor false'],
    [{ run: "a/b" }, {}, '--run: "a/b" is not a run id'],
  ] as const) {
    it(`refuse ${JSON.stringify({ ...given, ...env })} and name where it stands`, () => {
      assert.equal(fault(given, env), message);
    });
  }
});
