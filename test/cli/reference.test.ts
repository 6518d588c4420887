import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { extractSpec } from "../../src/cli/commands/extract/spec.ts";
import type { Flag } from "../../src/cli/flags/flag.ts";
import { FLAGS } from "../../src/cli/flags/flags.ts";
import { flagReference, REFERENCE_MARKERS, withReference } from "../../src/cli/reference.ts";

const README = new URL("../../README.md", import.meta.url);

describe("the reference of flags", () => {
  it("has a row of three cells for every flag", () => {
    const rows = flagReference().split("\n");
    for (const name of extractSpec.flags) {
      const flag: Flag<unknown> = FLAGS[name];
      const found = rows.filter((row) => row.includes(`\`--${flag.long}`) && row.includes(`\`${flag.env}\``));
      assert.ok(found.length >= 1, flag.long);
      for (const row of found) assert.equal(row.replaceAll("\\|", "").split("|").length, 5, row);
    }
  });

  it("takes the place of what stands between the markers", () => {
    const [begin, end] = REFERENCE_MARKERS;
    const made = withReference(`a\n${begin}\nold\n${end}\nb`) ?? "";
    assert.ok(made.startsWith(`a\n${begin}\n\n### \`pg-bronze extract\``) && made.endsWith(`|\n\n${end}\nb`));
    assert.equal(withReference(made), made);
    assert.equal(withReference("nothing here"), null);
  });

  it("in the README is not stale (npm run reference)", { skip: !existsSync(README) && "no README yet" }, async () => {
    const readme = await readFile(README, "utf8");
    assert.equal(withReference(readme) ?? readme, readme);
  });
});
