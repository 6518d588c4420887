import type { ShardState } from "../../../ledger/status.ts";
import type { Explanation } from "../../../submit/contract.ts";
import { table } from "../../render/format.ts";

/** What the ledger and the engine know of a shard, a fact a line; what is not known is left out. */
export async function logText(
  { shard, status, manifest, claim, error }: ShardState,
  engine: Explanation | null,
): Promise<string> {
  const rows: [string, string | null | undefined][] = [
    ["shard", shard],
    ["status", status],
    ["attempt", String(manifest?.attempts ?? claim?.attempt ?? 0)],
    ["worked on by", claim?.owner],
    ["claimed", claim?.claimed_at],
    ["last heard of", claim?.heartbeat_at],
    ["error", error === null ? null : `${error.code}: ${error.message}`],
    ["hint", error?.hint],
    ["landed", manifest?.finished_at],
    ["object", manifest?.url],
    ["AWS Batch", engine === null ? null : [engine.state, engine.reason].filter((part) => part !== null).join(": ")],
    ["log", engine?.log],
    ["log group", engine?.lines?.group],
    ["log stream", engine?.lines?.streams.join(", ")],
    ["its lines", engine?.lines?.command],
  ];
  return `${await table(rows.flatMap(([name, value]) => (value ? [[name, value]] : [])))}\n`;
}
