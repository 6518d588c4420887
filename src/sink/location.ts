import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BronzeError } from "../model/errors.ts";
import type { Location } from "./kind.ts";
import { SINKS } from "./sinks.ts";

export type { Location } from "./kind.ts";

/** A letter alone is a drive of Windows. */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):\/\//;
const PATH = /^(\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\])/;

function schemeOf(text: string): string | undefined {
  return SCHEME.exec(text)?.[1]?.toLowerCase();
}

/** True for `scheme://…`, whether the scheme is known or not. */
export function hasScheme(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Reads an address as people write it: a URL of one of the {@link SINKS}, or a path that begins with `/`, `./`, `../` or a drive.
 * @throws BronzeError SINK_INVALID
 */
export function parseLocation(text: string): Location {
  const scheme = schemeOf(text);
  if (scheme === undefined && PATH.test(text)) return parseLocation(pathToFileURL(resolve(text)).href);
  if (scheme === undefined) throw invalid(text, "it has no scheme, and a path begins with / or ./");
  const parsed = SINKS[scheme]?.parse(text) ?? `the scheme ${scheme}:// is not known`;
  if (typeof parsed === "string") throw invalid(text, parsed);
  return { scheme, ...parsed };
}

/** The path of an address that is on this machine; null for any other. */
export function localPath(address: string): string | null {
  const parsed = SINKS[schemeOf(address) ?? ""]?.parse(address);
  return parsed === undefined || typeof parsed === "string" ? null : parsed.path;
}

function invalid(text: string, reason: string): BronzeError {
  const forms = Object.values(SINKS).map(({ form }) => form);
  return new BronzeError("SINK_INVALID", `${JSON.stringify(text)} is not a sink: ${reason}`, {
    hint: `A sink is ${forms.join(" or ")}.`,
  });
}
