import { BronzeError } from "../../model/errors.ts";
import type { Facts } from "../command.ts";

/** An error in the shape that `--json` prints. */
export interface JsonError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly context: Facts;
}

export function jsonError(error: unknown): JsonError {
  if (error instanceof BronzeError) {
    const { code, message, hint, retryable, context } = error;
    return { code, message, hint: hint ?? null, retryable, context };
  }
  return {
    code: "BUG",
    message: error instanceof Error ? error.message : String(error),
    hint: null,
    retryable: false,
    context: {},
  };
}

/** An error for people: the message, the facts around it, what to do. A stack trace only for a bug, or when asked for. */
export function describeFailure(error: unknown, options: { debug: boolean; version: string }): string {
  if (!(error instanceof BronzeError)) return describeBug(error, options.version);
  const lines = [`error: ${error.message}`];
  for (const [name, value] of Object.entries(error.context)) {
    const shown = visible(String(value));
    if (!error.message.includes(String(value))) lines.push(`  ${name}: ${shown}`);
  }
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  if (options.debug) lines.push(stackOf(error));
  return lines.join("\n");
}

function describeBug(error: unknown, version: string): string {
  return [
    `bug: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    `This is a fault of pg-bronze ${version} (Node.js ${process.version}), not of yours. Please report it with these lines:`,
    stackOf(error),
  ].join("\n");
}

function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error, depth = 0; at !== undefined && depth < 8; at = (at as Error).cause, depth++) {
    lines.push(`${depth === 0 ? "" : "caused by "}${at instanceof Error ? (at.stack ?? at.message) : String(at)}`);
    if (!(at instanceof Error)) break;
  }
  return lines.join("\n");
}

/** Control characters, as escapes: a table's name must not move the cursor. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
