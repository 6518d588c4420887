import { decimalWidth, type LogicalField, type LogicalType } from "../model/logical-type.ts";
import { quotedName } from "../model/type-name.ts";
import type { ThriftWriter } from "./thrift.ts";

/** Source: parquet.thrift, enum Type. */
export const Physical = { BOOLEAN: 0, INT32: 1, INT64: 2, FLOAT: 4, DOUBLE: 5, BYTE_ARRAY: 6, FIXED_LEN_BYTE_ARRAY: 7 } as const;
export type PhysicalName = keyof typeof Physical;

const Repetition = { required: 0, optional: 1, repeated: 2 } as const;

/** How values compare for min and max; `none` where an order means nothing to a reader. Source: parquet.thrift, ColumnOrder. */
export type ValueOrder = "bool" | "int32" | "uint32" | "int64" | "float32" | "float64" | "bytes" | "signed-bytes" | "none";

/** A leaf of the schema: what becomes one column chunk in every row group. Plain data. */
export interface ParquetColumn {
  readonly path: readonly string[];
  readonly physical: PhysicalName;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY; 0 otherwise. */
  readonly typeLength: number;
  readonly maxDefinitionLevel: number;
  readonly maxRepetitionLevel: number;
  readonly order: ValueOrder;
  /** Whether it is worth looking for repeated values. */
  readonly dictionary: boolean;
}

interface SchemaElement {
  readonly name: string;
  /** Null for the groups that Parquet puts between a list or map and what is in it, and where nobody gave ids. */
  readonly id: number | null;
  readonly repetition: keyof typeof Repetition | null;
  readonly children: readonly SchemaElement[];
  readonly leaf: { readonly physical: PhysicalName; readonly typeLength: number } | null;
  readonly annotation: Annotation | null;
}

/** Old (`converted`) and new (`logical`) form of a type annotation. Source: parquet.thrift, ConvertedType and LogicalType. */
interface Annotation {
  readonly label: string;
  readonly converted: number | null;
  readonly logical: (thrift: ThriftWriter) => void;
  readonly decimal?: { readonly precision: number; readonly scale: number };
}

/** A column as the extract wants it written: `unique` says that its values hardly ever repeat, so no dictionary is tried. */
export interface ParquetField extends LogicalField {
  readonly unique?: boolean;
  readonly ids?: FieldIds;
}

/** By which Iceberg and Delta readers know a column, whatever it is called. Plain data. */
export interface FieldIds {
  readonly id: number;
  /** Of what is inside a nested column, by the paths of `model/nested-paths.ts`. */
  readonly nested: Readonly<Record<string, number>>;
}

export interface ParquetSchema {
  readonly elements: readonly SchemaElement[];
  /** The leaves in file order; a nested field has several. */
  readonly columns: readonly ParquetColumn[];
  /** For each field, its leaves: `columns.slice(first[i], first[i + 1])`. */
  readonly firstLeaf: readonly number[];
}

export function parquetSchema(fields: readonly ParquetField[]): ParquetSchema {
  const columns: ParquetColumn[] = [];
  const firstLeaf: number[] = [];
  const elements = fields.map((field) => {
    firstLeaf.push(columns.length);
    const { unique = false, ids = null } = field;
    return build(field, { path: [], definition: 0, repetition: 0, unique, ids }, columns);
  });
  firstLeaf.push(columns.length);
  return { elements, columns, firstLeaf };
}

interface Position {
  readonly path: readonly string[];
  readonly definition: number;
  readonly repetition: number;
  readonly unique: boolean;
  readonly ids: FieldIds | null;
}

function build(field: LogicalField, at: Position, columns: ParquetColumn[]): SchemaElement {
  const here: Position = { ...at, path: [...at.path, field.name], definition: at.definition + (field.nullable ? 1 : 0) };
  return { ...elementOf(field, here, columns), id: idAt(here) };
}

function idAt({ ids, path }: Position): number | null {
  if (ids === null || path.length === 1) return ids?.id ?? null;
  const inside = path.slice(1).map(quotedName).join(".");
  return Object.hasOwn(ids.nested, inside) ? ids.nested[inside]! : null;
}

function elementOf(field: LogicalField, here: Position, columns: ParquetColumn[]): Omit<SchemaElement, "id"> {
  const repetition = field.nullable ? "optional" : "required";
  const { type } = field;
  switch (type.type) {
    case "struct":
      return group(
        field.name,
        repetition,
        null,
        type.fields.map((child) => build(child, here, columns)),
      );
    case "list":
      return group(field.name, repetition, LIST, [repeated("list", here, [{ ...type.element, name: "element" }], columns)]);
    case "map": {
      const entry = [
        { ...type.key, name: "key", nullable: false },
        { ...type.value, name: "value" },
      ];
      return group(field.name, repetition, MAP, [repeated("key_value", here, entry, columns)]);
    }
    default: {
      const leaf = leafOf(type);
      columns.push({
        path: here.path,
        physical: leaf.physical,
        typeLength: leaf.typeLength,
        maxDefinitionLevel: here.definition,
        maxRepetitionLevel: here.repetition,
        order: leaf.order,
        dictionary:
          !here.unique && type.type !== "wkb" && leaf.physical !== "BOOLEAN" && leaf.physical !== "FIXED_LEN_BYTE_ARRAY",
      });
      return { name: field.name, repetition, children: [], leaf, annotation: leaf.annotation };
    }
  }
}

function group(
  name: string,
  repetition: keyof typeof Repetition,
  annotation: Annotation | null,
  children: readonly SchemaElement[],
): SchemaElement {
  return { name, id: null, repetition, children, leaf: null, annotation };
}

/** The middle level of LIST and MAP: a repeated group. Source: parquet-format LogicalTypes.md, "Nested types". */
function repeated(name: string, at: Position, fields: readonly LogicalField[], columns: ParquetColumn[]): SchemaElement {
  const inside: Position = { ...at, path: [...at.path, name], definition: at.definition + 1, repetition: at.repetition + 1 };
  return group(
    name,
    "repeated",
    null,
    fields.map((field) => build(field, inside, columns)),
  );
}

interface Leaf {
  readonly physical: PhysicalName;
  readonly typeLength: number;
  readonly order: ValueOrder;
  readonly annotation: Annotation | null;
}

function leafOf(type: Exclude<LogicalType, { type: "struct" | "list" | "map" }>): Leaf {
  switch (type.type) {
    case "bool":
      return leaf("BOOLEAN", "bool", null);
    case "int":
      if (type.bits === 64) return leaf("INT64", "int64", type.signed ? null : integer(64, false, 14));
      if (!type.signed) return leaf("INT32", "uint32", integer(type.bits, false, type.bits === 32 ? 13 : 12));
      return leaf("INT32", "int32", type.bits === 16 ? integer(16, true, 16) : null);
    case "float":
      return type.bits === 64 ? leaf("DOUBLE", "float64", null) : leaf("FLOAT", "float32", null);
    case "decimal":
      if (type.precision <= 9) return leaf("INT32", "int32", decimal(type.precision, type.scale));
      if (type.precision <= 18) return leaf("INT64", "int64", decimal(type.precision, type.scale));
      return {
        ...leaf("FIXED_LEN_BYTE_ARRAY", "signed-bytes", decimal(type.precision, type.scale)),
        typeLength: decimalWidth(type.precision),
      };
    case "utf8":
      return leaf("BYTE_ARRAY", "bytes", { label: "STRING", converted: 0, logical: (t) => t.struct(1, () => {}) });
    case "json":
      return leaf("BYTE_ARRAY", "bytes", { label: "JSON", converted: 19, logical: (t) => t.struct(12, () => {}) });
    case "binary":
      return leaf("BYTE_ARRAY", "bytes", null);
    case "wkb":
      return leaf("BYTE_ARRAY", "none", null);
    case "uuid":
      return {
        ...leaf("FIXED_LEN_BYTE_ARRAY", "bytes", { label: "UUID", converted: null, logical: (t) => t.struct(14, () => {}) }),
        typeLength: 16,
      };
    case "date":
      return leaf("INT32", "int32", { label: "DATE", converted: 6, logical: (t) => t.struct(6, () => {}) });
    case "time":
      return leaf("INT64", "int64", {
        label: "TIME(MICROS)",
        converted: null,
        logical: (t) => t.struct(7, () => micros(t, false)),
      });
    case "timestamp":
      return leaf("INT64", "int64", {
        label: type.utc ? "TIMESTAMP(MICROS,UTC)" : "TIMESTAMP(MICROS)",
        converted: type.utc ? 10 : null,
        logical: (t) => t.struct(8, () => micros(t, type.utc)),
      });
  }
}

function leaf(physical: PhysicalName, order: ValueOrder, annotation: Annotation | null): Leaf {
  return { physical, typeLength: 0, order, annotation };
}

const LIST: Annotation = { label: "LIST", converted: 3, logical: (t) => t.struct(3, () => {}) };
const MAP: Annotation = { label: "MAP", converted: 1, logical: (t) => t.struct(2, () => {}) };

function integer(bits: number, signed: boolean, converted: number): Annotation {
  return {
    label: `INTEGER(${bits},${signed})`,
    converted,
    logical: (t) =>
      t.struct(10, () => {
        t.i8(1, bits);
        t.bool(2, signed);
      }),
  };
}

function decimal(precision: number, scale: number): Annotation {
  return {
    label: `DECIMAL(${precision},${scale})`,
    converted: 5,
    decimal: { precision, scale },
    logical: (t) =>
      t.struct(5, () => {
        t.i32(1, scale);
        t.i32(2, precision);
      }),
  };
}

function micros(thrift: ThriftWriter, utc: boolean): void {
  thrift.bool(1, utc);
  thrift.struct(2, () => thrift.struct(2, () => {}));
}

/** The schema as FileMetaData wants it: depth first, the root ahead of all. Source: parquet.thrift, SchemaElement. */
export function writeSchema(thrift: ThriftWriter, id: number, schema: ParquetSchema): void {
  const root: SchemaElement = {
    name: "schema",
    id: null,
    repetition: null,
    children: schema.elements,
    leaf: null,
    annotation: null,
  };
  thrift.structs(id, flatten(root), (element) => {
    if (element.leaf !== null) {
      thrift.i32(1, Physical[element.leaf.physical]);
      if (element.leaf.typeLength > 0) thrift.i32(2, element.leaf.typeLength);
    }
    if (element.repetition !== null) thrift.i32(3, Repetition[element.repetition]);
    thrift.string(4, element.name);
    if (element.leaf === null) thrift.i32(5, element.children.length);
    const { annotation } = element;
    if (annotation !== null && annotation.converted !== null) thrift.i32(6, annotation.converted);
    if (annotation?.decimal !== undefined) {
      thrift.i32(7, annotation.decimal.scale);
      thrift.i32(8, annotation.decimal.precision);
    }
    if (element.id !== null) thrift.i32(9, element.id);
    if (annotation !== null) thrift.struct(10, () => annotation.logical(thrift));
  });
}

function flatten(element: SchemaElement): SchemaElement[] {
  return [element, ...element.children.flatMap(flatten)];
}

/** `INT64 DECIMAL(15,2)`, `LIST<BYTE_ARRAY STRING>`: how manifests and dry runs name the Parquet type of a field. */
export function describeParquet(type: LogicalType): string {
  switch (type.type) {
    case "list":
      return `LIST<${describeParquet(type.element.type)}>`;
    case "map":
      return `MAP<${describeParquet(type.key.type)}, ${describeParquet(type.value.type)}>`;
    case "struct":
      return `STRUCT<${type.fields.map((field) => `${field.name}: ${describeParquet(field.type)}`).join(", ")}>`;
    default: {
      const { physical, typeLength, annotation } = leafOf(type);
      const width = typeLength > 0 ? `${physical}(${typeLength})` : physical;
      return annotation === null ? width : `${width} ${annotation.label}`;
    }
  }
}
