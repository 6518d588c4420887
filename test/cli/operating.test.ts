import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { FLAGS } from "../../src/cli/flags/flags.ts";
import { COMMANDS } from "../../src/cli/program.ts";
import { METRICS } from "../../src/submit/metrics.ts";

const text = await readFile(new URL("../../docs/operating.md", import.meta.url), "utf8");

/** `pg-bronze retry RUN --wait`, in a line of its own, between backticks, or in another program's text. */
const commands = [...text.matchAll(/pg-bronze ([a-z]+(?:-[a-z]+)*)((?: +(?!#)[^\s`#"|]+)*)/g)];

describe("docs/operating.md", () => {
  it("names commands and flags that are there", () => {
    assert.ok(commands.length > 10, `${commands.length} commands`);
    for (const [line, name, rest = ""] of commands) {
      const spec = COMMANDS.find((command) => command.name === name);
      assert.ok(spec !== undefined, line);
      const known = spec.flags.map((flag) => `--${FLAGS[flag].long}`);
      const given = rest.split(/\s+/).flatMap((word) => (word.startsWith("--") ? (word.split("=")[0] ?? "") : []));
      for (const flag of given) assert.ok(known.includes(flag), `${line}: ${flag}`);
    }
  });

  it("explains every metric, with its unit", () => {
    const [, table = ""] = /## Metrics([\s\S]*?)\n## /.exec(text) ?? [];
    const rows = [...table.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)].flatMap(([, names = "", units = ""]) => {
      const some = units.split(", ").map((unit) => unit.trim());
      return names.split(", ").map((name, i) => [name.replaceAll("`", "").trim(), some[i] ?? some[0]]);
    });
    assert.deepEqual(Object.fromEntries(rows), { ...METRICS });
  });
});
