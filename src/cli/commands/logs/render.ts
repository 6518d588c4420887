import type { ShardManifest } from "../../../ledger/manifest.ts";
import type { ShardState } from "../../../ledger/status.ts";
import type { LogLine } from "../../../run/submitter.ts";
import { visible } from "../../render/failure.ts";
import { table, urlOf } from "../../render/format.ts";
import type { Explained } from "../../submitters.ts";

/** What the ledger and the engine know of a shard, a fact a line; what is not known is left out. */
export async function logText(
  { shard, status, manifest, holder, ended, openIntents, error }: ShardState<ShardManifest>,
  engine: Explained | null,
  lines: readonly LogLine[],
): Promise<string> {
  const rows: [string, string | null | undefined][] = [
    ["shard", shard],
    ["status", status],
    ["attempt", String(manifest?.attempts ?? holder?.attempt ?? ended?.attempt ?? 0)],
    ["worked on by", holder?.owner],
    ["for run", holder?.run],
    ["claimed", holder?.claimed_at],
    ["last heard of", holder?.renewed_at ?? ended?.at],
    ["may replace it", openIntents.map(({ run }) => run).join(", ")],
    ["error", error === null ? null : `${error.code}: ${error.message}`],
    ["hint", error?.hint],
    ["landed", manifest?.finished_at],
    ["landed by run", manifest?.run],
    ["object", manifest === null ? null : urlOf(manifest)],
    [engine?.by ?? "", engine === null ? null : [engine.state, engine.reason].filter((part) => part !== null).join(": ")],
    ["log", engine?.log],
    ["log group", engine?.lines?.group],
    ["log stream", engine?.lines?.streams.join(", ")],
    // Whoever has the lines needs no command for them.
    ["its lines", lines.length > 0 ? null : engine?.lines?.command],
  ];
  return `${await table(rows.flatMap(([name, value]) => (value ? [[name, value]] : [])))}\n${linesText(lines)}`;
}

/** As the job wrote them, below a line for each attempt. */
function linesText(lines: readonly LogLine[]): string {
  const text: string[] = [];
  let attempt = 0;
  for (const line of lines) {
    if (line.attempt !== attempt) text.push("", `attempt ${line.attempt}, from ${line.at}:`);
    attempt = line.attempt;
    text.push(visible(line.message.trimEnd()));
  }
  return text.map((line) => `${line}\n`).join("");
}
