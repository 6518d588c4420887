import type { ExtractResult } from "../../../extract/contract.ts";
import type { ExtractEnd } from "../../../run/extract-each.ts";
import { jsonError } from "../../render/failure.ts";
import { extractDocument, outcomesText, totals } from "./render.ts";

/** What `--json` prints: for each table what `extract` of an object prints. */
export function tablesDocument(ends: readonly ExtractEnd[]) {
  const { snapshotDt, sinkUrl, dryRun } = ends[0]!.request;
  const errors = ends.filter((end) => "error" in end).length;
  const sum = totals(merged(ends));
  return {
    snapshot_dt: snapshotDt,
    sink: sinkUrl,
    dry_run: dryRun,
    totals: { ...sum, failed: sum.failed + errors },
    tables: ends.map((end) =>
      "result" in end
        ? extractDocument(end.request, end.result)
        : { object: end.request.config.object, error: jsonError(end.error) },
    ),
  };
}

/** What landed, failed or would land, for people. */
export function tablesText(ends: readonly ExtractEnd[]): Promise<string> {
  return outcomesText(ends[0]!.request.dryRun, merged(ends));
}

function merged(ends: readonly ExtractEnd[]): Pick<ExtractResult, "shards" | "rejected"> {
  const results = ends.flatMap((end) => ("result" in end ? [end.result] : []));
  const broken = ends.flatMap((end) =>
    "error" in end ? [{ label: end.request.config.object, values: {}, error: end.error }] : [],
  );
  return {
    shards: results.flatMap(({ shards }) => shards),
    rejected: [...results.flatMap(({ rejected }) => rejected), ...broken],
  };
}
