import type { LogicalType } from "./logical-type.ts";

/**
 * The name of a landing type in our own vocabulary: `int32`, `decimal(10,2)`, `timestamp(us,UTC)`, `list<utf8>`, `map<utf8,utf8>`,
 * `struct<a: int32, "b c": utf8>`. Plans and manifests hold these names and schemas are compared by them, so a name never changes.
 *
 * What the name leaves out may differ from file to file of one table: nullability, which is every column's, and the SRID of a geometry,
 * which an empty county can't know and which each file's GeoParquet metadata says. Spherical edges are in the name, since they change
 * what the same bytes mean.
 */
export function typeName(type: LogicalType): string {
  switch (type.type) {
    case "int":
      return `${type.signed ? "int" : "uint"}${type.bits}`;
    case "float":
      return `float${type.bits}`;
    case "decimal":
      return `decimal(${type.precision},${type.scale})`;
    case "time":
      return "time(us)";
    case "timestamp":
      return type.utc ? "timestamp(us,UTC)" : "timestamp(us)";
    case "wkb":
      return type.edges === "spherical" ? "wkb(spherical)" : "wkb";
    case "list":
      return `list<${typeName(type.element.type)}>`;
    case "map":
      return `map<${typeName(type.key.type)},${typeName(type.value.type)}>`;
    case "struct":
      return `struct<${type.fields.map((field) => `${quotedName(field.name)}: ${typeName(field.type)}`).join(", ")}>`;
    default:
      return type.type;
  }
}

/**
 * The name of a struct's field as it stands in type names and paths: in quotation marks, as JSON has it, unless it is a plain word.
 * `__proto__` isn't: paths are keys of JSON objects, and there readers drop it.
 */
export function quotedName(name: string): string {
  return /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
