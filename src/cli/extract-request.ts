import type { ObjectConfig } from "../config/object-config.ts";
import type { ExtractRequest } from "../extract/contract.ts";
import { BronzeError } from "../model/errors.ts";
import { today } from "../model/ids.ts";
import { plural } from "../model/plural.ts";
import { patternOf } from "../patterns/index.ts";
import type { Selection } from "../plan/contract.ts";
import { selectsAll } from "../plan/select.ts";
import type { CommandInput } from "./command.ts";

/** What to do where nobody chose anything: refuse, take all, or these. */
export type WhenNothingChosen = "refuse" | "all" | Selection;

/** The flags that say what to extract and how, as an extract takes them. */
export function extractRequest(config: ObjectConfig, input: CommandInput, whenNothing: WhenNothingChosen): ExtractRequest {
  const { flags, env, signal } = input;
  return {
    config,
    selection: selectionOf(config, input, whenNothing),
    snapshotDt: flags.extractDate ?? today(),
    run: flags.run ?? null,
    sinkUrl: sinkUrl(config, flags.sink),
    dsn: flags.dsn ?? null,
    env,
    overrides: {
      profile: flags.profile,
      transport: flags.transport,
      threads: flags.threads,
      parallelism: flags.parallelism,
      compression: flags.compression,
      compressionLevel: flags.compressionLevel,
      rowGroupBytes: flags.rowGroupBytes,
    },
    replace: flags.replace === true,
    dryRun: flags.dryRun === true,
    maxOutageMs: flags.maxOutage,
    signal,
  };
}

/** What was asked for. Variables meant for sharded objects, in an environment that several objects share, don't concern a single table. */
function selectionOf(config: ObjectConfig, { flags, typed }: CommandInput, whenNothing: WhenNothingChosen): Selection {
  const { noun } = config.source;
  if (!patternOf(config).isSharded) {
    const wrong = (["geoid", "table", "state"] as const).find((name) => typed.has(name));
    if (wrong === undefined) return {};
    throw new BronzeError("USAGE", `${config.object} is a single table: there is nothing to choose from`, {
      hint: `Leave out --${wrong}.`,
    });
  }
  const selection: Selection = { geoid: flags.geoid ?? [], admin1: flags.state ?? [], table: flags.table ?? [] };
  if (flags.all === true && !selectsAll(selection)) {
    throw new BronzeError("USAGE", `--all and a choice of ${plural(noun)} were both given`, { hint: "Leave one of them out." });
  }
  if (!selectsAll(selection) || flags.all === true || whenNothing === "all") return selection;
  if (whenNothing !== "refuse") return whenNothing;
  if (flags.dryRun !== true) {
    throw new BronzeError("USAGE", `No ${noun} of ${config.object} was chosen`, {
      hint: `Choose with --geoid 48113, --table tx_travis or --state TX; --all takes every ${noun}, and --dry-run shows them.`,
    });
  }
  return selection;
}

/** Where an object lands: the flag, else what its config says. */
export function sinkUrl(config: ObjectConfig, given: string | undefined): string {
  return given ?? config.sink.url ?? `s3://${config.sink.bucket}`;
}
