import type { ExtractResult } from "../../../extract/contract.ts";
import type { ExitCode } from "../../command.ts";

/** 0 when all landed; 2 when nothing did and every reason is one of set-up; else 1. */
export function exitCodeOf({ shards, rejected }: ExtractResult): ExitCode {
  const errors = [
    ...rejected.map(({ error }) => error),
    ...shards.flatMap((shard) => (shard.outcome === "failed" ? [shard.error] : [])),
  ];
  if (errors.length === 0) return 0;
  const isSetup = errors.every((error) => error.exitCode === 2) && shards.every((shard) => shard.outcome === "failed");
  return isSetup ? 2 : 1;
}
