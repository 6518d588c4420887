import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { PlannedColumn } from "../../src/extract/contract.ts";
import { type PinnedFields, pinFieldIds, withPinnedIds } from "../../src/extract/table-plan/field-ids.ts";

/** Columns as they are described: ids in the table's order. `tags[]` is a list. */
function described(...names: readonly string[]): PlannedColumn[] {
  let last = names.length;
  return names.map((name, i) => {
    const nested = name.endsWith("[]") ? { nested_ids: { "list.element": ++last } } : {};
    return { name, field_id: i + 1, ...nested, source: "text", type: "utf8", parquet: "BYTE_ARRAY STRING" };
  });
}

const idsOf = (columns: readonly PlannedColumn[]): Record<string, number> =>
  Object.fromEntries(
    columns.flatMap(({ name, field_id, nested_ids }) => [
      [name, field_id],
      ...Object.entries(nested_ids ?? {}).map(([path, id]) => [`${name} ${path}`, id]),
    ]),
  );

describe("the field ids of a plan", () => {
  it("follow the table's order where the object has no earlier plan: columns first, then what is inside them", () => {
    const columns = described("id", "tags[]", "name");
    assert.deepEqual(pinFieldIds(columns, null), { columns, last_field_id: 4 });
    assert.deepEqual(idsOf(columns), { id: 1, "tags[]": 2, name: 3, "tags[] list.element": 4 });
  });

  it("stay with their columns by name, whatever order those have and whatever stands between them", () => {
    const before = pinFieldIds(described("id", "tags[]", "name"), null);
    const after = pinFieldIds(described("name", "more[]", "id", "tags[]"), before);
    assert.deepEqual(idsOf(after.columns), {
      name: 3,
      "more[]": 5,
      "more[] list.element": 6,
      id: 1,
      "tags[]": 2,
      "tags[] list.element": 4,
    });
    assert.equal(after.last_field_id, 6);
  });

  it("are never given again, also when the column with the highest one is gone, or no schema could be pinned", () => {
    const first = pinFieldIds(described("a", "b"), null);
    const without = pinFieldIds(described("a"), first);
    const unpinned: PinnedFields = { columns: null, last_field_id: without.last_field_id };
    assert.deepEqual(idsOf(pinFieldIds(described("a", "c"), without).columns), { a: 1, c: 3 });
    assert.deepEqual(idsOf(pinFieldIds(described("a", "c"), unpinned).columns), { a: 3, c: 4 });
  });

  it("name one thing for ever, over any history of plans", () => {
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d[]", "e[]", "constructor", "__proto__"), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 8 }), (history) => {
        const meaning = new Map<number, string>();
        let before: ReturnType<typeof pinFieldIds> | null = null;
        for (const columns of history) {
          const pinned = pinFieldIds(described(...columns), before);
          assert.deepEqual(pinned, pinFieldIds(described(...columns), before));
          const kept = new Set(before?.columns.map(({ name }) => name));
          const ids = Object.entries(idsOf(pinned.columns));
          assert.equal(new Set(ids.map(([, id]) => id)).size, ids.length);
          for (const [what, id] of ids) {
            assert.ok(id <= pinned.last_field_id);
            if (kept.has(what.split(" ")[0]!)) assert.equal(meaning.get(id), what);
            else assert.equal(meaning.get(id), undefined, `${id} was ${meaning.get(id)} before it was ${what}`);
          }
          for (const [what, id] of ids) meaning.set(id, what);
          before = pinned;
        }
      }),
    );
  });

  it("are the plan's in every file, by name", () => {
    const { columns } = pinFieldIds(described("c", "tags[]", "a"), { columns: described("a", "b"), last_field_id: 9 });
    assert.deepEqual(idsOf(withPinnedIds(described("a", "c", "tags[]"), columns)), {
      a: 1,
      c: 10,
      "tags[]": 11,
      "tags[] list.element": 12,
    });
  });
});
