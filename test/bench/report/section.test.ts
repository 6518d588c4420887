import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderSection } from "../../../bench/report/section.ts";

describe("a section of the report", () => {
  it("is Markdown whose columns line up as plain text", () => {
    const table = {
      header: ["name", "wall s"],
      rows: [
        ["raw-copy", "1.00"],
        ["a|b – ∅", "10.5"],
      ],
    };
    assert.equal(
      renderSection({ title: "lineitem", before: ["Why."], table, notes: ["first", "second"] }),
      `## lineitem

Why.

| name     | wall s |
|----------|-------:|
| raw-copy |   1.00 |
| a\\|b – ∅ |   10.5 |

- first
- second
`,
    );
  });

  it("leaves out what there is none of", () => {
    assert.equal(renderSection({ title: "Nothing", table: { header: ["x"], rows: [] } }), "## Nothing\n");
  });
});
