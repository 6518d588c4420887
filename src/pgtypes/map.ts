import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import type { LogicalType } from "../model/logical-type.ts";
import type { Mapping, MappingOptions, MappingRequest, SourceColumn, UnrepresentablePolicy } from "./contract.ts";
import { families } from "./families.ts";
import { serverTextFamily } from "./server-text.ts";

/** How a column of the source travels and what lands. Pure. @throws BronzeError CONFIG_INVALID when it can't land as its override says. */
export function mapColumn(column: SourceColumn, options: MappingOptions): Mapping {
  const { override } = options;
  const mapping = map({
    type: column.type,
    typmod: column.typmod,
    dimensions: override.dimensions ?? column.dimensions,
    options: { ...options, unrepresentable: override.unrepresentable ?? options.unrepresentable },
  });
  if (override.as !== undefined && !isTarget(override.as, mapping.type)) {
    throw misfit(column, override.as, override.unrepresentable ?? options.unrepresentable);
  }
  return mapping;
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
      return as.replaceAll(" ", "") === `decimal(${type.precision},${type.scale})`;
    case "wkb":
      return as === (type.edges === "planar" ? "geometry" : "geography");
    default:
      return false;
  }
}

function misfit({ name, type }: SourceColumn, as: string, policy: UnrepresentablePolicy): BronzeError {
  const typeName = `${type.schema}.${type.name}`;
  return new BronzeError("CONFIG_INVALID", `column "${name}" of type ${typeName} can't land as "${as}"`, {
    hint: hintFor(as, policy),
    context: { column: name, type: typeName, as },
  });
}

function hintFor(as: string, policy: UnrepresentablePolicy): string {
  if (!as.startsWith("decimal(") && !TARGETS.includes(as)) return didYouMean(as, TARGETS) ?? `Known are ${TARGETS.join(", ")}.`;
  if (policy === "text") return "unrepresentable: text lands the column as text; give the column unrepresentable: error or null.";
  return "Leave the column's `as` out, or convert the column in the query.";
}
