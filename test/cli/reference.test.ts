import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Flag } from "../../src/cli/flags/flag.ts";
import { FLAGS } from "../../src/cli/flags/flags.ts";
import { COMMANDS } from "../../src/cli/program.ts";
import { reference } from "../../src/cli/reference.ts";

describe("the reference of commands and flags", () => {
  it("has one row of three cells for every flag that a command takes", () => {
    const rows = reference()
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const used = new Set(COMMANDS.flatMap(({ flags }) => flags));
    assert.equal(rows.length, used.size);
    for (const name of used) {
      const flag: Flag<unknown> = FLAGS[name];
      const found = rows.filter((row) => row.includes(`| \`${flag.env}\``) && new RegExp(`\`--${flag.long}[ \`]`).test(row));
      assert.equal(found.length, 1, flag.long);
      assert.equal(found[0]!.replaceAll("\\|", "").split("|").length, 5, found[0]);
    }
  });

  it("has every command, with its examples", () => {
    for (const { name, examples } of COMMANDS) {
      assert.match(reference(), new RegExp(`^## \`pg-bronze ${name}[ \`]`, "m"));
      for (const { line } of examples) assert.ok(reference().includes(`\n${line}\n`), line);
    }
  });

  it("is not stale (npm run reference)", async () => {
    assert.equal(await readFile(new URL("../../docs/reference.md", import.meta.url), "utf8"), reference());
  });
});
