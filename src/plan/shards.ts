import { CONFIG_PLACEHOLDERS } from "../config/template.ts";
import { BronzeError } from "../model/errors.ts";
import { parseShardId, type SnapshotDate } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import type { Candidate, LookupRow, RejectedShard, Selection, ShardedConfig, ShardPlan } from "./contract.ts";
import { configValues, outputKey, type TemplateValues } from "./key.ts";
import { checkSelection, selector } from "./select.ts";
import { shardTable } from "./table.ts";

/**
 * Rows of the lookup → shards. A row that can't become one is rejected alone, and two that would land the same key are both.
 * @throws BronzeError SHARD_UNKNOWN when the lookup is empty or the selection names what it doesn't have; QUERY_INVALID when the
 * lookup returns a column that the config fills itself, or not the one that source.id names.
 */
export function planShards(
  config: ShardedConfig,
  rows: readonly LookupRow[],
  selection: Selection,
  snapshotDt: SnapshotDate,
): ShardPlan {
  if (rows.length === 0) {
    throw new BronzeError("SHARD_UNKNOWN", `The shard lookup of ${config.object} returned no rows`, {
      hint: "Run source.shards of the object's config against the source: nothing matches its WHERE.",
      context: { object: config.object },
    });
  }
  checkColumns(config, rows[0] ?? {});
  const candidates = rejectTwins(rows.map((row, i) => candidate(config, row, i, snapshotDt)));
  checkSelection(config.object, config.source.noun, candidates, selection);
  const chosen = candidates.filter(selector(selection));
  return {
    shards: chosen.flatMap(({ shard }) => (shard === null ? [] : [shard])),
    rejected: chosen.flatMap(({ row, label, error }): RejectedShard[] => (error === null ? [] : [{ label, values: row, error }])),
  };
}

function checkColumns({ object, source }: ShardedConfig, row: LookupRow): void {
  const clash = CONFIG_PLACEHOLDERS.find((name) => Object.hasOwn(row, name));
  if (clash !== undefined) {
    throw new BronzeError(
      "QUERY_INVALID",
      `The shard lookup of ${object} returns a column ${clash}, which the config fills itself`,
      {
        hint: `Name the column otherwise in source.shards: ${clash} AS …`,
        context: { object, column: clash },
      },
    );
  }
  if (source.id !== undefined && !Object.hasOwn(row, source.id)) {
    throw new BronzeError(
      "QUERY_INVALID",
      `The shard lookup of ${object} returns no column ${source.id}, which source.id names`,
      {
        hint: `It returns ${Object.keys(row).join(", ")}.`,
        context: { object, column: source.id },
      },
    );
  }
}

function candidate(config: ShardedConfig, row: LookupRow, index: number, snapshotDt: SnapshotDate): Candidate {
  const label = row[config.source.id ?? "geoid"] || row["table_name"] || `row ${index + 1}`;
  try {
    return { row, label, shard: makeShard(config, row, snapshotDt), error: null };
  } catch (error) {
    if (!(error instanceof BronzeError)) throw error;
    return { row, label, shard: null, error: error.within({ shard: label }) };
  }
}

function makeShard(config: ShardedConfig, row: LookupRow, snapshotDt: SnapshotDate): Shard {
  const values: TemplateValues = Object.assign(Object.create(null) as object, row, configValues(config, snapshotDt));
  const { schema, table } = shardTable(config.source.table, values);
  const { id } = config.source;
  return {
    id: parseShardId(id === undefined ? row["geoid"] || table : (row[id] ?? "")),
    object: config.object,
    snapshotDt,
    source: { kind: "table", schema, table },
    key: outputKey(config.sink.key, values),
    values: row,
    estimatedRows: rowCount(row["total_objects"]),
  };
}

function rowCount(text: string | null | undefined): number | null {
  const count = typeof text === "string" && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(count) ? count : null;
}

/** Nobody knows which of two rows with one key or one id is right, and the second to land would replace the first: both are refused. */
function rejectTwins(candidates: readonly Candidate[]): Candidate[] {
  const byKey = countBy(candidates, (shard) => shard.key);
  const byId = countBy(candidates, (shard) => shard.id);
  return candidates.map((one) => {
    if (one.shard === null) return one;
    const { key, id } = one.shard;
    const [what, count] = (byKey.get(key) ?? 0) > 1 ? [`the key ${key}`, byKey.get(key)] : [`the name ${id}`, byId.get(id)];
    if ((count ?? 0) < 2) return one;
    const error = new BronzeError("KEY_INVALID", `${count} rows of the lookup have ${what}`, {
      hint: "Narrow source.shards to one row for each shard, or take one more column into sink.key.",
      context: { shard: one.label, key },
    });
    return { ...one, shard: null, error };
  });
}

function countBy(candidates: readonly Candidate[], of: (shard: Shard) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { shard } of candidates) {
    if (shard !== null) counts.set(of(shard), (counts.get(of(shard)) ?? 0) + 1);
  }
  return counts;
}
