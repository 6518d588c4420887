import type { ReportData } from "../../../page/contract.ts";
import { bytes, count } from "../../render/format.ts";

/** What `--json` prints about the page that was written. */
export function reportDocument(data: ReportData, file: string, html: string) {
  const { object, run, snapshotDt } = data;
  return { object, run, snapshot_dt: snapshotDt, file, bytes: Buffer.byteLength(html), shards: countsOf(data) };
}

export function reportText(data: ReportData, file: string, html: string): string {
  const counts = Object.entries(countsOf(data)).map(([status, number]) => `${count(number)} ${status}`);
  return `${data.object}, run ${data.run}: ${counts.join(", ") || "no shards"}\n${file} (${bytes(Buffer.byteLength(html))})\n`;
}

function countsOf({ shards }: ReportData): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const status of shards.status) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
