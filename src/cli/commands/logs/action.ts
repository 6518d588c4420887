import { shardStatus } from "../../../ledger/status.ts";
import { BronzeError } from "../../../model/errors.ts";
import { parseShardId } from "../../../model/ids.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { explainShards } from "../../submitters.ts";
import { logText } from "./render.ts";

export const logsAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const [, name] = input.args;
    if (name === undefined) {
      throw new BronzeError("USAGE", "Name a run and a shard", {
        hint: "For example: pg-bronze logs 2026-11-30-0123456789 48113",
      });
    }
    const plan = await namedRun(input, access);
    const shard = parseShardId(name);
    const found = await shardStatus(access.sink, plan, shard);
    if (found === null) {
      throw new BronzeError("SHARD_UNKNOWN", `Run ${plan.run} has no shard ${name}`, { context: { run: plan.run, shard: name } });
    }
    const engine = (await explainShards(input, access, plan, [shard])).get(shard) ?? null;
    return {
      exitCode: 0,
      document: { object: plan.object, run: plan.run, ...found, engine },
      text: () => logText(found, engine),
    };
  });
