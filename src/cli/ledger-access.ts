import type { ConfiguredObject } from "../patterns/load.ts";
import { sinkOptions } from "../run/sink-options.ts";
import { openSink } from "../sink/open.ts";
import type { Sink } from "../sink/sink.ts";
import type { CommandInput } from "./command.ts";
import { configuredObject } from "./configured-object.ts";
import { sinkUrl } from "./extract-request.ts";

export interface LedgerAccess extends ConfiguredObject {
  readonly object: string;
  readonly sink: Sink;
}

/** Works with the ledger of the object that the flags name, and closes its sink afterwards. */
export async function withLedger<T>(input: CommandInput, work: (access: LedgerAccess) => Promise<T>): Promise<T> {
  const configured = await configuredObject(input.flags, input.env);
  const { config } = configured;
  const sink = await openSink(sinkUrl(config, input.flags.sink), { ...sinkOptions(config.sink), env: input.env });
  try {
    return await work({ ...configured, object: config.object, sink });
  } finally {
    await sink.close();
  }
}
