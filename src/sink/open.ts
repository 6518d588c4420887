import type { SinkOptions } from "./kind.ts";
import { parseLocation } from "./location.ts";
import type { Sink } from "./sink.ts";
import { SINKS } from "./sinks.ts";

export type { SinkOptions } from "./kind.ts";

/**
 * Opens the sink at an address. Nothing is sent or made yet.
 * @throws BronzeError SINK_INVALID when the address is neither a URL of one of the {@link SINKS} nor a path
 */
export async function openSink(address: string, options: SinkOptions = {}): Promise<Sink> {
  const location = parseLocation(address);
  return SINKS[location.scheme]!.open(location, options);
}
