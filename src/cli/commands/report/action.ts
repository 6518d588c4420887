import { rename, rm, writeFile } from "node:fs/promises";
import { BronzeError } from "../../../model/errors.ts";
import { parseRunId } from "../../../model/ids.ts";
import type { ReportData } from "../../../page/contract.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { bytes, count } from "../../render/format.ts";

export const reportAction: CommandAction = (input) =>
  withLedger(input, async ({ object, sink }) => {
    const { flags, talk } = input;
    const run = input.args[0] === undefined ? (flags.run ?? null) : parseRunId(input.args[0]);
    if (flags.out === "-" && flags.json === true) {
      throw new BronzeError("USAGE", "--json and --out - both want stdout", { hint: "Give --out a file's name." });
    }
    talk.status(`reading the ledger of ${object}`);
    const { gatherReport } = await import("../../../page/gather.ts");
    const { renderReport } = await import("../../../page/page.ts");
    const data = await gatherReport(sink, object, run);
    const html = renderReport(data);
    talk.close();
    if (flags.out === "-") {
      input.print(html);
      return 0;
    }
    const file = flags.out ?? `${object}-${data.run}.html`;
    await replaceFile(file, html);
    input.print(flags.json === true ? jsonResult(data, file, html) : `${textResult(data, file, html)}\n`);
    return 0;
  });

/** An old report stays until the new one is whole. */
async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new BronzeError("USAGE", `--out: ${(cause as Error).message}`, { cause });
  }
}

function countsOf({ shards }: ReportData): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const status of shards.status) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function textResult(data: ReportData, file: string, html: string): string {
  const counts = Object.entries(countsOf(data)).map(([status, number]) => `${count(number)} ${status}`);
  return `${data.object}, run ${data.run}: ${counts.join(", ") || "no shards"}\n${file} (${bytes(Buffer.byteLength(html))})`;
}

function jsonResult(data: ReportData, file: string, html: string): string {
  const { object, run, snapshotDt } = data;
  const document = { object, run, snapshot_dt: snapshotDt, file, bytes: Buffer.byteLength(html), shards: countsOf(data) };
  return `${JSON.stringify({ version: 1, command: "report", exit_code: 0, ...document }, null, 2)}\n`;
}
