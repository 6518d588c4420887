import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type BenchOptions, parseOptions, UsageError } from "../../bench/options.ts";

const parse = (...args: string[]): BenchOptions => parseOptions(args) as BenchOptions;

describe("the benchmark's options", () => {
  it("measure both tables at full size in five rounds, unless told otherwise", () => {
    assert.deepEqual(parse(), {
      dsn: null,
      scale: 1,
      parcels: 500_000,
      rounds: 5,
      tables: ["lineitem", "tx_parcel"],
      workloads: ["extract"],
      full: false,
      only: [],
      python: "python3",
      json: false,
      out: null,
      folder: null,
    });
  });

  it("choose workloads by name, and then only those", () => {
    assert.deepEqual(parse("--memory", "--small").workloads, ["small", "memory"]);
    assert.deepEqual(parse("--extract", "--s3").workloads, ["extract", "s3"]);
    assert.deepEqual(parse("--all").workloads, ["extract", "small", "memory", "s3", "files"]);
  });

  it("take lists with blanks and fractions of a scale", () => {
    const options = parse("--only", "raw, ours-zstd1 ,", "--tables", "tx_parcel", "--scale", "0.05");
    assert.deepEqual(options.only, ["raw", "ours-zstd1"]);
    assert.deepEqual(options.tables, ["tx_parcel"]);
    assert.equal(options.scale, 0.05);
  });

  for (const args of [["--rounds", "0"], ["--rounds", "1.5"], ["--scale", "x"], ["--tables", "orders"], ["--fast"], ["stray"]]) {
    it(`refuse ${args.join(" ")}`, () => {
      assert.throws(() => parseOptions(args), UsageError);
    });
  }

  it("show the help when asked", () => {
    assert.equal(parseOptions(["-h"]), "help");
  });
});
