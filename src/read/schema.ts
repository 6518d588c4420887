import type { SchemaElement } from "hyparquet";
import { orderOf, type ValueOrder } from "./order.ts";

/** A top-level column. */
export interface SchemaField {
  readonly name: string;
  /** The type in the manifest's words: `INT64 DECIMAL(10,2)`, `LIST<BYTE_ARRAY STRING>`. */
  readonly label: string;
  readonly firstLeaf: number;
  readonly leafCount: number;
}

/** A leaf: one column chunk in each row group. */
export interface SchemaLeaf {
  /** Dotted path, as Parquet tools print it. */
  readonly path: string;
  /** Index of its top-level column. */
  readonly column: number;
  readonly repeated: boolean;
  /** The highest repetition level: how many repeated groups are around it. */
  readonly maxRepetition: number;
  readonly element: SchemaElement;
  readonly order: ValueOrder | null;
  /**
   * DuckDB SQL for the leaf's values in one row, given the SQL of its top-level column: a value, or a list of them when
   * `repeated`. Null for shapes that only old writers made (lists without the LIST annotation's three levels).
   */
  readonly sql: ((column: string) => string) | null;
}

interface Node {
  readonly element: SchemaElement;
  readonly children: readonly Node[];
}

/** The flat list of the footer, depth first, as columns and leaves. @throws Error when the counts of children don't add up. */
export function readSchema(elements: readonly SchemaElement[]): { fields: SchemaField[]; leaves: SchemaLeaf[] } {
  let next = 0;
  const take = (): Node => {
    const element = elements[next++];
    if (element === undefined) throw new Error("the schema ends before its last group is complete");
    const children: Node[] = [];
    for (let i = 0; i < (element.num_children ?? 0); i++) children.push(take());
    return { element, children };
  };
  const root = take();
  if (next !== elements.length) throw new Error("the schema has elements outside its root");
  const leaves: SchemaLeaf[] = [];
  const fields = root.children.map((node, column) => {
    const firstLeaf = leaves.length;
    collect(node, { path: [], column, repeated: false, maxRepetition: 0, sql: (name) => name }, leaves);
    return { name: node.element.name, label: describe(node), firstLeaf, leafCount: leaves.length - firstLeaf };
  });
  return { fields, leaves };
}

interface Place {
  readonly path: readonly string[];
  readonly column: number;
  readonly repeated: boolean;
  readonly maxRepetition: number;
  readonly sql: SchemaLeaf["sql"];
}

function collect(node: Node, place: Place, leaves: SchemaLeaf[]): void {
  const { element, children } = node;
  const maxRepetition = place.maxRepetition + (element.repetition_type === "REPEATED" ? 1 : 0);
  const here: Place = { ...place, path: [...place.path, element.name], maxRepetition };
  if (children.length === 0) {
    const bare = element.repetition_type === "REPEATED";
    const sql = bare ? null : here.sql;
    leaves.push({
      path: here.path.join("."),
      column: here.column,
      repeated: here.repeated || bare,
      maxRepetition,
      element,
      order: orderOf(element),
      sql,
    });
    return;
  }
  const entry = standardEntry(node);
  if (entry === null) {
    const known = element.repetition_type !== "REPEATED" && element.logical_type?.type !== "VARIANT" && !isAnnotated(element);
    children.forEach((child, i) => {
      const sql = known && here.sql !== null ? fieldOf(here.sql, i, here.repeated) : null;
      collect(child, { ...here, repeated: here.repeated || !known, sql }, leaves);
    });
    return;
  }
  const inside = { ...here, path: [...here.path, entry.element.name], repeated: true, maxRepetition: maxRepetition + 1 };
  entry.children.forEach((child, i) => {
    const part = entry.children.length === 1 ? null : i === 0 ? "map_keys" : "map_values";
    collect(child, { ...inside, sql: here.sql === null ? null : itemsOf(here.sql, part, here.repeated) }, leaves);
  });
}

const isAnnotated = (element: SchemaElement): boolean => isList(element) || isMap(element);
const isList = (element: SchemaElement): boolean => element.logical_type?.type === "LIST" || element.converted_type === "LIST";
const isMap = (element: SchemaElement): boolean =>
  element.logical_type?.type === "MAP" || element.converted_type === "MAP" || element.converted_type === "MAP_KEY_VALUE";

/** The repeated group of a LIST or MAP in its three-level form; null for anything else. Source: LogicalTypes.md, "Nested types". */
function standardEntry({ element, children }: Node): Node | null {
  const [entry, ...others] = children;
  if (entry === undefined || others.length > 0 || entry.element.repetition_type !== "REPEATED") return null;
  if (isMap(element)) return entry.children.length === 2 ? entry : null;
  const legacyName = entry.element.name === "array" || entry.element.name === `${element.name}_tuple`;
  return isList(element) && entry.children.length === 1 && !legacyName ? entry : null;
}

function fieldOf(parent: (column: string) => string, index: number, repeated: boolean): (column: string) => string {
  const place = index + 1;
  return (column) =>
    repeated
      ? `list_transform(${parent(column)}, lambda x: struct_extract_at(x, ${place}))`
      : `struct_extract_at(${parent(column)}, ${place})`;
}

/** The elements of a list (or keys or values of a map), as one flat list whatever is around it. */
function itemsOf(
  parent: (column: string) => string,
  part: "map_keys" | "map_values" | null,
  repeated: boolean,
): (column: string) => string {
  return (column) => {
    const outer = parent(column);
    if (part === null) return repeated ? `flatten(${outer})` : outer;
    return repeated ? `flatten(list_transform(${outer}, lambda x: ${part}(x)))` : `${part}(${outer})`;
  };
}

function describe(node: Node): string {
  const { element, children } = node;
  if (children.length === 0) return describeLeaf(element);
  const entry = standardEntry(node);
  if (entry === null) return `STRUCT<${children.map((child) => `${child.element.name}: ${describe(child)}`).join(", ")}>`;
  return `${entry.children.length === 2 ? "MAP" : "LIST"}<${entry.children.map(describe).join(", ")}>`;
}

function describeLeaf(element: SchemaElement): string {
  const width = element.type === "FIXED_LEN_BYTE_ARRAY" ? `${element.type}(${element.type_length})` : `${element.type}`;
  const annotation = annotationOf(element);
  return annotation === null ? width : `${width} ${annotation}`;
}

function annotationOf({ logical_type: logical, converted_type: converted, precision, scale }: SchemaElement): string | null {
  switch (logical?.type) {
    case "DECIMAL":
      return `DECIMAL(${logical.precision},${logical.scale})`;
    case "INTEGER":
      return `INTEGER(${logical.bitWidth},${logical.isSigned})`;
    case "TIME":
      return `TIME(${logical.unit}${logical.isAdjustedToUTC ? ",UTC" : ""})`;
    case "TIMESTAMP":
      return `TIMESTAMP(${logical.unit}${logical.isAdjustedToUTC ? ",UTC" : ""})`;
    case undefined:
      break;
    default:
      return logical?.type ?? null;
  }
  if (converted === undefined) return null;
  if (converted === "UTF8") return "STRING";
  if (converted === "DECIMAL") return `DECIMAL(${precision},${scale ?? 0})`;
  return converted;
}
