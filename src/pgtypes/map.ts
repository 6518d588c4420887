import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import type { LogicalType } from "../model/logical-type.ts";
import type { Mapping, MappingOptions, MappingRequest, SourceColumn, UnrepresentablePolicy } from "./contract.ts";
import { families } from "./families.ts";
import { serverTextFamily } from "./server-text.ts";

/**
 * How a column of the source travels and what lands. Pure.
 * @throws BronzeError CONFIG_INVALID when the column can't land as its override says.
 */
export function mapColumn(column: SourceColumn, options: MappingOptions): Mapping {
  const { as, dimensions = column.dimensions, unrepresentable = options.unrepresentable } = options.override;
  if (as !== undefined) checkTarget(column, as);
  const { type, typmod } = column;
  const mapping = mapLocated(column, { type, typmod, dimensions, options: { ...options, unrepresentable } });
  if (as !== undefined && !isTarget(as, mapping.type)) throw misfit(column, as, unrepresentable);
  return mapping;
}

function mapLocated({ name }: SourceColumn, request: MappingRequest): Mapping {
  try {
    return map(request);
  } catch (error) {
    throw error instanceof BronzeError ? error.within({ column: name }) : error;
  }
}

function map(request: MappingRequest): Mapping {
  for (const family of families) {
    const mapping = family.map(request, map);
    if (mapping === null) continue;
    // Text that is text already needs nothing of the server.
    if (request.options.override.as === "text" && mapping.type.type !== "utf8") break;
    return mapping;
  }
  return serverTextFamily.map(request, map)!;
}

const TARGETS = ["text", "json", "uuid", "decimal(p,s)", "float64", "int64", "geometry", "geography", "time", "bytes"];

function checkTarget({ name }: SourceColumn, as: string): void {
  if (as.startsWith("decimal") || TARGETS.includes(as)) return;
  throw new BronzeError("CONFIG_INVALID", `column "${name}" can't land as "${as}": nobody knows that target`, {
    hint: didYouMean(as, TARGETS) ?? `Known are ${TARGETS.join(", ")}.`,
    context: { column: name, as },
  });
}

/** Whether the type that lands, or the element of its lists, is what `as` names. */
function isTarget(as: string, type: LogicalType): boolean {
  switch (type.type) {
    case "list":
      return isTarget(as, type.element.type);
    case "utf8":
      return as === "text";
    case "json":
      return as === "json";
    case "uuid":
      return as === "uuid";
    case "time":
      return as === "time";
    case "binary":
      return as === "bytes";
    case "float":
      return as === "float64" && type.bits === 64;
    case "int":
      return as === "int64" && type.bits === 64;
    case "decimal":
      return as.startsWith("decimal");
    case "wkb":
      return as === (type.edges === "planar" ? "geometry" : "geography");
    default:
      return false;
  }
}

function misfit({ name, type }: SourceColumn, as: string, policy: UnrepresentablePolicy): BronzeError {
  const typeName = `${type.schema}.${type.name}`;
  return new BronzeError("CONFIG_INVALID", `column "${name}" of type ${typeName} can't land as "${as}"`, {
    hint:
      policy === "text"
        ? "unrepresentable: text lands the column as text; give the column unrepresentable: error or null."
        : "Leave the column's `as` out, or convert the column in the query.",
    context: { column: name, type: typeName, as },
  });
}
