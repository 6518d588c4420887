import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import type { ConfigWith } from "../../src/config/object-config.ts";
import { parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import { quoteLiteral } from "../../src/model/sql.ts";
import type { Lookup, Pattern } from "../../src/patterns/contract.ts";
import { PATTERNS, type Patterns, patternOf, shardRead } from "../../src/patterns/index.ts";
import { loadObjectConfig } from "../../src/patterns/load.ts";
import { outputKey } from "../../src/plan/key.ts";
import { filesOf, noLookup } from "./helpers.ts";

const SOURCE = { table: z.string(), chunk_rows: z.int().min(1).max(1_000_000).default(2) };

/** A table in files of so many rows, cut by its key as it is read: more than one file for a shard. */
const chunks: Pattern<ConfigWith<typeof SOURCE>> = {
  summary: "a table as files of chunk_rows rows.",
  source: SOURCE,
  rules({ object, source }, report) {
    if ((source as { table?: unknown } | undefined)?.table === object) report(["source", "table"], "is the object's own name");
  },
  isSharded: false,
  async plan({ config: { object, sink, source }, snapshotDt }) {
    const shard = {
      id: parseShardId(object),
      object,
      snapshotDt,
      source: { kind: "table", schema: "public", table: source.table },
      key: outputKey(sink.key, { object, extract_date: snapshotDt }),
      values: {},
      estimatedRows: null,
    } as const;
    return { shards: [shard], rejected: [] };
  },
  read: ({ key }, { source: { table, chunk_rows } }) => ({
    name: table,
    query: `SELECT * FROM ${table}`,
    async *files(lookup) {
      for (let number = 0, after = ""; ; number++) {
        const rest = `SELECT * FROM ${table} WHERE id > ${quoteLiteral(after)} ORDER BY id LIMIT ${chunk_rows}`;
        const [edge] = await lookup(`SELECT max(id) AS last FROM (${rest}) AS chunk`);
        if (typeof edge?.["last"] !== "string") return;
        yield { key: key.replace(".parquet", `.${number}.parquet`), query: rest };
        after = edge["last"];
      }
    },
  }),
};

/** The one place where it is added. */
const TABLE: Patterns = { ...PATTERNS, chunks };

const snapshotDt = parseSnapshotDate("2026-11-30");
const CONFIG = `object: orders
extract_pattern: chunks
source_system: test
dataset: orders
source: { table: lines, chunk_rows: 2 }
sink: { bucket: bronze, key: "{object}/{extract_date}.parquet" }
`;

async function load(text: string, patterns: Patterns = TABLE) {
  const folder = await mkdtemp(join(tmpdir(), "patterns-"));
  try {
    await writeFile(join(folder, "orders.yaml"), text);
    return await loadObjectConfig(join(folder, "orders.yaml"), {}, patterns);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("the patterns that there are", () => {
  it("are in docs/patterns.md, each with its keys", async () => {
    const page = await readFile(new URL("../../docs/patterns.md", import.meta.url), "utf8");
    for (const [name, { source }] of Object.entries(PATTERNS)) {
      const keys = Object.keys(source).map((key) => `\`${key}\``);
      assert.ok(page.includes(`| ${keys.join(", ")} |`), `${name}: ${keys.join(", ")}`);
      assert.match(page, new RegExp(`^\\| \`${name}\` \\|`, "m"));
    }
  });
});

describe("a pattern that is added to the table", () => {
  it("brings its keys to the config, and problems with them are told with file, line and key", async () => {
    const config = await load(CONFIG.replace(", chunk_rows: 2", ""));
    assert.equal((config as ConfigWith<typeof SOURCE>).source.chunk_rows, 2);
    await assert.rejects(
      load(CONFIG.replace("chunk_rows: 2", "chunk_rows: 0")),
      /orders\.yaml:5:37 source\.chunk_rows: should be at least 1/,
    );
    await assert.rejects(
      load(CONFIG.replace("table: lines", "table: orders")),
      /orders\.yaml:5:18 source\.table: is the object's own name/,
    );
    await assert.rejects(
      load(CONFIG.replace("table: lines", "query: SELECT 1")),
      /:5:1 source\.table: is missing\n.*:5:11 source\.query: has no meaning with extract_pattern chunks: remove it/s,
    );
  });

  it("is unknown without its row, and its keys are then another pattern's problem", async () => {
    await assert.rejects(load(CONFIG, PATTERNS), /"chunks" is none of county_sharded, single_table/);
    const config = await load(CONFIG);
    assert.throws(() => patternOf(config), { code: "CONFIG_INVALID", message: /chunks, which is none of county_sharded/ });
  });

  it("plans its shards, and cuts each into as many files as it likes while they are read", async () => {
    const config = await load(CONFIG);
    const pattern = patternOf(config, TABLE);
    const { shards } = await pattern.plan({ config, selection: {}, snapshotDt, lookup: noLookup });
    const ids = ["a", "b", "c", "d", "e"];
    const lookup: Lookup = async (select) => {
      const [, after = "", limit] = /id > '(.*)' ORDER BY id LIMIT (\d+)/.exec(select) ?? [];
      return [
        {
          last:
            ids
              .filter((id) => id > after)
              .slice(0, Number(limit))
              .at(-1) ?? null,
        },
      ];
    };
    const files = await filesOf(shardRead(shards[0]!, config, TABLE), lookup);
    assert.deepEqual(
      files.map(({ key, query }) => [key, /> '(.*)' ORDER/.exec(query)?.[1]]),
      [
        ["orders/2026-11-30.0.parquet", ""],
        ["orders/2026-11-30.1.parquet", "b"],
        ["orders/2026-11-30.2.parquet", "d"],
      ],
    );
  });
});
