import type { ObjectConfig } from "../config/object-config.ts";
import type { PublishOptions } from "./publish-run.ts";

/** How a run is published when nobody asked for anything special: whole, and not much smaller than what readers see. */
export function publishOptions(
  config: Pick<ObjectConfig, "publish">,
  given: { readonly allowPartial?: boolean | undefined; readonly allowShrink?: boolean | undefined } = {},
): PublishOptions {
  return {
    allowPartial: given.allowPartial ?? false,
    allowShrink: given.allowShrink ?? false,
    maxShrink: config.publish.max_shrink,
  };
}
