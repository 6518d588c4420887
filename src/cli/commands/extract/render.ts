import type { ExtractRequest, ExtractResult, ShardOutcome } from "../../../extract/contract.ts";
import { nameOf } from "../../render/extract-events.ts";
import { jsonError, visible } from "../../render/failure.ts";
import { bytes, count, counted, nulledValues, table, urlOf } from "../../render/format.ts";

/** What `--json` prints. */
export function extractDocument(request: ExtractRequest, result: ExtractResult) {
  return {
    object: request.config.object,
    run: result.run,
    snapshot_dt: request.snapshotDt,
    sink: result.sink,
    dry_run: request.dryRun,
    totals: totals(result),
    shards: result.shards.map(jsonShard),
    rejected: result.rejected.map(({ label, values, error }) => ({ shard: label, values, error: jsonError(error) })),
  };
}

function jsonShard(outcome: ShardOutcome) {
  const { shard } = outcome;
  const source =
    shard.source.kind === "table" ? { schema: shard.source.schema, table: shard.source.table } : { query: shard.source.sql };
  const common = { shard: shard.id, outcome: outcome.outcome, key: shard.key, source, estimated_rows: shard.estimatedRows };
  switch (outcome.outcome) {
    case "landed":
    case "superseded":
      return { ...common, url: urlOf(outcome.manifest), manifest: outcome.manifest };
    case "failed":
      return { ...common, error: jsonError(outcome.error) };
    case "planned":
      return { ...common, url: outcome.url, columns: outcome.columns };
  }
}

export function totals({ shards, rejected }: Outcomes) {
  const of = (outcome: ShardOutcome["outcome"]): number => shards.filter((shard) => shard.outcome === outcome).length;
  const manifests = shards.flatMap((shard) => (shard.outcome === "landed" ? [shard.manifest] : []));
  return {
    planned: of("planned"),
    landed: of("landed"),
    superseded: of("superseded"),
    failed: of("failed"),
    rejected: rejected.length,
    rows: manifests.reduce((sum, manifest) => sum + manifest.rows, 0),
    bytes: manifests.reduce((sum, manifest) => sum + manifest.bytes, 0),
    nulled: manifests.reduce((sum, manifest) => sum + nulledValues(manifest), 0),
  };
}

type Outcomes = Pick<ExtractResult, "shards" | "rejected">;

/** What landed, failed or would land, for people. */
export async function outcomesText(dryRun: boolean, outcomes: Outcomes): Promise<string> {
  return dryRun ? dryRunText(outcomes) : landedText(outcomes);
}

async function landedText(result: Outcomes): Promise<string> {
  const rows = result.shards.map((outcome) => {
    const name = nameOf(outcome.shard);
    if (outcome.outcome === "landed" || outcome.outcome === "superseded") {
      const { manifest } = outcome;
      return [outcome.outcome, name, counted(manifest.rows, "row"), bytes(manifest.bytes), urlOf(manifest)];
    }
    return [outcome.outcome, name, "", "", outcome.outcome === "failed" ? outcome.error.message : outcome.url];
  });
  for (const { label, error } of result.rejected) rows.push(["rejected", label, "", "", error.message]);
  const { landed, failed, rejected, rows: rowCount, bytes: byteCount } = totals(result);
  const bad = [failed > 0 ? `${failed} failed` : "", rejected > 0 ? `${rejected} rejected` : ""].filter((part) => part !== "");
  const sum = [`${landed} landed`, ...bad].join(", ");
  const total =
    result.shards.length > 1 || bad.length > 0 ? `\n${sum}: ${counted(rowCount, "row")}, ${bytes(byteCount)}\n` : "\n";
  return `${await table(rows, [2, 3])}${total}`;
}

async function dryRunText(result: Outcomes): Promise<string> {
  const parts: string[] = [];
  let shownColumns = "";
  for (const outcome of result.shards) {
    const { shard } = outcome;
    const source = shard.source.kind === "table" ? `${shard.source.schema}.${shard.source.table}` : "query of the config";
    const rows = shard.estimatedRows === null ? "unknown" : `about ${count(shard.estimatedRows)}`;
    const lines = [`${shard.id}`, `  source  ${visible(source)}`, `  rows    ${rows}`];
    if (outcome.outcome === "failed") lines.push(`  error   ${outcome.error.message}`);
    if (outcome.outcome === "planned") {
      lines.push(`  lands   ${outcome.url}`);
      const columns = await table(
        outcome.columns.map(({ name, source: type, parquet }) => [`    ${name}`, type ?? "(made here)", parquet]),
      );
      lines.push(columns === shownColumns ? "  columns as above" : `  columns ${outcome.columns.length}\n${columns}`);
      shownColumns = columns;
    }
    parts.push(lines.join("\n"));
  }
  for (const { label, error } of result.rejected) parts.push(`${visible(label)}\n  error   ${error.message}`);
  return `${parts.join("\n\n")}\n`;
}
