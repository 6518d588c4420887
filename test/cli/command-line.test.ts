import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Flag } from "../../src/cli/flags/flag.ts";
import { FLAGS } from "../../src/cli/flags/flags.ts";
import { run, start } from "../support/command-line.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-"));
  await mkdir(join(folder, "dev"));
});
after(() => rm(folder, { recursive: true }));

describe("help", () => {
  it("of extract names every flag with its variable and an example, on stdout", async () => {
    const { code, stdout, stderr } = await run(["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const flat = stdout.replace(/\s+/g, " ");
    const extract = (await import("../../src/cli/commands/extract/spec.ts")).extractSpec;
    for (const name of extract.flags) {
      const flag: Flag<unknown> = FLAGS[name];
      for (const part of [`--${flag.long}`, `Variable: ${flag.env}`, `Example: ${flag.example}`])
        assert.ok(flat.includes(part), part);
    }
    assert.match(stdout, /Exit codes:\n {2}0 {2}all well/);
    assert.match(stdout, /pg-bronze extract --object parcel --geoid 48113,48201/);
  });

  it("is shorter with -h", async () => {
    const { code, stdout } = await run(["-h"]);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /Variable:/);
  });

  it("of pg-bronze lists the commands", async () => {
    const { code, stdout } = await run(["--help"], { bin: "pg-bronze" });
    assert.equal(code, 0);
    assert.match(stdout, /extract \[options\] \[tables\.\.\.\] +land tables/);
    assert.match(stdout, /validate \[options\]/);
  });

  it("comes with exit code 2 and on stderr when no command was given", async () => {
    const { code, stdout, stderr } = await run([], { bin: "pg-bronze" });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /Usage: pg-bronze/);
  });

  it("gives the version of the package", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
    assert.equal((await run(["--version"])).stdout, `${version}\n`);
  });

  it("ends with 0 when the reader has seen enough", async () => {
    const child = start(["--help"]);
    const closed = once(child, "close");
    // The pipe has no reader any more before the first byte comes.
    child.stdout?.destroy();
    assert.deepEqual(await closed, [0, null]);
  });
});

describe("a mistake on the command line", () => {
  for (const [name, args, stderr] of [
    ["an unknown flag", ["--objct", "parcel"], /^error: unknown option '--objct'\n\(Did you mean --object\?\)/],
    ["a flag without its value", ["--geoid"], /^error: option '-g, --geoid <ids>' argument missing/],
    ["an object without --object", ["parcel"], /^error: Nothing says where to land\nhint: .*--object parcel/],
    ["an unknown object", ["--object", "parcle"], /^error: There is no object "parcle"\nhint: Did you mean parcel\?/],
    ["a geoid without its zero", ["--geoid", "1001"], /^error: --geoid: "1001" is not a geoid\nhint: .*leading zero/],
    [
      "a day that isn't",
      ["--geoid", "48113", "--extract-date", "2026-02-30"],
      /^error: --extract-date: "2026-02-30" is not a date/,
    ],
    ["no county", ["--object", "parcel"], /^error: No county of parcel was chosen\nhint: Choose with --geoid/],
    [
      "a county of a single table",
      ["--object", "verse", "--geoid", "48113"],
      /^error: verse is a single table.*\nhint: Leave out --geoid/,
    ],
    ["a config that isn't there", ["--config", "/nonexistent.yaml"], /^error: \/nonexistent\.yaml does not exist\n$/],
    [
      "a config for another object",
      ["--config", "config/verse_extract_dataset.yaml", "-o", "parcel"],
      /is the config of verse, not of parcel/,
    ],
    ["all and some", ["--all", "--geoid", "48113"], /^error: --all and a choice of counties were both given/],
  ] as const) {
    it(`such as ${name} ends with 2, one message and no stack`, async () => {
      const outcome = await run(args);
      assert.deepEqual([outcome.code, outcome.stdout], [2, ""], outcome.stderr);
      assert.match(outcome.stderr, stderr);
      assert.doesNotMatch(outcome.stderr, /\n {4}at /);
    });
  }

  it("such as an unknown command says which was meant", async () => {
    const { code, stderr } = await run(["extrct"], { bin: "pg-bronze" });
    assert.equal(code, 2);
    assert.match(stderr, /unknown command 'extrct'\n\(Did you mean extract\?\)/);
  });

  it("stands on stdout as a JSON document under --json", async () => {
    const { code, stdout } = await run(["--object", "parcle", "--json"]);
    assert.equal(code, 2);
    const { error, ...rest } = JSON.parse(stdout) as { error: Record<string, unknown> };
    assert.deepEqual(rest, { version: 1, command: "extract", exit_code: 2 });
    assert.deepEqual([error["code"], error["retryable"]], ["OBJECT_UNKNOWN", false]);
  });

  it("in a config is shown with its line", async () => {
    await writeFile(join(folder, "bad.yaml"), "object: x\nextract_pattern: single_tabel\n");
    const { code, stderr } = await run(["--config", "bad.yaml"], { cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /\n {2}bad\.yaml:2:18 extract_pattern: "single_tabel" is none of .*did you mean single_table\?/);
  });
});

describe("set-up", () => {
  it("without a connection string ends with 2 and names the variable", async () => {
    const { code, stdout, stderr } = await run(["--geoid", "48113", "--sink", `file://${folder}`, "--log-format", "text"]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: .*LINODE_DSN/m);
  });

  it("that fails after the first event is one more event for machines", async () => {
    const { code, stderr } = await run(["--geoid", "48113", "--sink", `file://${folder}`]);
    assert.equal(code, 2);
    const events = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      events.map(({ level, event, code: reason }) => [level, event, reason]),
      [
        ["info", "started", undefined],
        ["error", "failed", "DSN_MISSING"],
      ],
    );
  });

  it("never prints the password of a host that isn't there, not even with --debug", async () => {
    const dsn = "postgres://me:hunter2secret@127.0.0.1:1/prod";
    const args = ["--geoid", "48113", "--sink", `file://${folder}`, "--debug", "--log-format", "text", "--json"];
    const { code, stdout, stderr } = await run(args, { env: { LINODE_DSN: dsn } });
    assert.equal(code, 1, stderr);
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "SOURCE_DOWN");
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });

  it("reads .env.local and dev/.env.local without touching what is set, the former first", async () => {
    await writeFile(join(folder, ".env.local"), "OBJECT=one\nEXTRACT_DATE=nonsense\n");
    await writeFile(join(folder, "dev", ".env.local"), "OBJECT=two\nGEOID=48113\n");
    const date = (env: Record<string, string>) => run([], { cwd: folder, env });
    assert.match((await date({})).stderr, /EXTRACT_DATE: "nonsense" is not a date/);
    assert.match((await date({ EXTRACT_DATE: "2026-11-30" })).stderr, /There is no object "one"/);
    assert.match((await date({ EXTRACT_DATE: "2026-11-30", OBJECT: "three" })).stderr, /There is no object "three"/);
    await rm(join(folder, ".env.local"));
    await rm(join(folder, "dev", ".env.local"));
  });
});
