import type { LogicalField, LogicalType } from "./logical-type.ts";
import { quotedName } from "./type-name.ts";

/**
 * What is inside a nested type, each by its path in Parquet's schema: `list.element`, `key_value.key`, `key_value.value`, a struct's
 * field by its name. Outer before inner. Empty for a type that isn't nested.
 */
export function nestedPaths(type: LogicalType): string[] {
  return childrenOf(type).flatMap(({ path, field }) => [path, ...nestedPaths(field.type).map((inner) => `${path}.${inner}`)]);
}

function childrenOf(type: LogicalType): { readonly path: string; readonly field: LogicalField }[] {
  switch (type.type) {
    case "list":
      return [{ path: "list.element", field: type.element }];
    case "map":
      return [
        { path: "key_value.key", field: type.key },
        { path: "key_value.value", field: type.value },
      ];
    case "struct":
      return type.fields.map((field) => ({ path: quotedName(field.name), field }));
    default:
      return [];
  }
}
