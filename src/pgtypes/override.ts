import { BronzeError } from "../model/errors.ts";
import type { MappingRequest } from "./contract.ts";

/** What a column's `as:` asks for. */
export type Target =
  | { readonly as: "text" | "json" | "uuid" | "float64" | "int64" | "time" | "bytes" | "geometry" | "geography" }
  | { readonly as: "decimal"; readonly precision: number; readonly scale: number };

/**
 * The override of a scalar column, or null when there is none.
 * @throws BronzeError CONFIG_INVALID when the target is unknown or isn't one of `allowed` for this type.
 */
export function targetOf({ type, options }: MappingRequest, allowed: readonly Target["as"][]): Target | null {
  const { as } = options.override;
  if (as === undefined) return null;
  const target = parseTarget(as);
  if (target !== null && allowed.includes(target.as)) return target;
  throw new BronzeError("CONFIG_INVALID", `a column of type ${type.name} can't land as ${JSON.stringify(as)}`, {
    hint: `Leave "as" out, or write one of: ${allowed.map((name) => (name === "decimal" ? "decimal(p,s)" : name)).join(", ")}.`,
    context: { type: type.name, as },
  });
}

const PLAIN = new Set(["text", "json", "uuid", "float64", "int64", "time", "bytes", "geometry", "geography"]);

function parseTarget(as: string): Target | null {
  if (PLAIN.has(as)) return { as } as Target;
  const match = /^decimal\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)$/.exec(as);
  if (match === null) return null;
  const precision = Number(match[1]);
  const scale = Number(match[2] ?? 0);
  if (precision >= 1 && precision <= 38 && scale <= precision) return { as: "decimal", precision, scale };
  throw new BronzeError("CONFIG_INVALID", `${JSON.stringify(as)} is not a decimal type`, {
    hint: "A decimal has a precision from 1 to 38, and a scale from 0 to the precision: decimal(18,4).",
    context: { as },
  });
}

/** True for the server's own base type of one of these names. */
export function isBuiltIn({ type }: MappingRequest, ...names: readonly string[]): boolean {
  return type.kind === "base" && type.schema === "pg_catalog" && names.includes(type.name);
}
