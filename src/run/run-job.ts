import type { LandingOptions } from "../extract/options.ts";
import type { Session } from "../extract/session.ts";
import type { RunId } from "../model/ids.ts";

/** How this process lands shards of one run. */
export interface RunJob {
  readonly run: RunId;
  readonly options: LandingOptions;
  readonly session: Session;
  readonly signal: AbortSignal;
}
