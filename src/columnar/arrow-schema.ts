// By path, not from "apache-arrow": an extract needs the vocabulary alone, and the whole library takes twice as long to load.
import { Message } from "apache-arrow/ipc/metadata/message";
import { Field, Schema } from "apache-arrow/schema";
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Decimal,
  FixedSizeBinary,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow/type";
import type { LogicalField, LogicalType } from "../model/logical-type.ts";

/** The landing types as apache-arrow's. Extension types travel as field metadata. Source: Arrow Columnar Format, "Extension Types". */
export function arrowSchema(fields: readonly LogicalField[], metadata: ReadonlyMap<string, string> = new Map()): Schema {
  return new Schema(fields.map(arrowField), new Map(metadata));
}

export function arrowField(field: LogicalField): Field {
  return new Field(field.name, arrowType(field.type), field.nullable, extensionOf(field.type));
}

export function arrowType(type: LogicalType): DataType {
  switch (type.type) {
    case "bool":
      return new Bool();
    case "int":
      if (type.bits === 64) return type.signed ? new Int64() : new Uint64();
      if (type.bits === 32) return type.signed ? new Int32() : new Uint32();
      return new Int16();
    case "float":
      return type.bits === 64 ? new Float64() : new Float32();
    case "decimal":
      return new Decimal(type.scale, type.precision, 128);
    case "utf8":
    case "json":
      return new Utf8();
    case "binary":
    case "wkb":
      return new Binary();
    case "uuid":
      return new FixedSizeBinary(16);
    case "date":
      return new DateDay();
    case "time":
      return new TimeMicrosecond();
    case "timestamp":
      return new TimestampMicrosecond(type.utc ? "UTC" : null);
    case "list":
      return new List(arrowField({ ...type.element, name: "element" }));
    case "map": {
      const entries = new Struct([
        arrowField({ ...type.key, name: "key", nullable: false }),
        arrowField({ ...type.value, name: "value" }),
      ]);
      return new Map_(new Field("key_value", entries, false) as never);
    }
    case "struct":
      return new Struct(type.fields.map(arrowField));
  }
}

function extensionOf(type: LogicalType): Map<string, string> {
  const name = { uuid: "arrow.uuid", json: "arrow.json", wkb: "geoarrow.wkb" }[type.type as string];
  if (name === undefined) return new Map();
  return new Map([
    ["ARROW:extension:name", name],
    ["ARROW:extension:metadata", type.type === "wkb" && type.edges === "spherical" ? '{"edges":"spherical"}' : ""],
  ]);
}

/**
 * The value of Parquet's `ARROW:schema` key: the schema as an encapsulated IPC message, base64. The message is a marker, its length, and
 * the metadata padded to eight bytes. Source: Arrow Columnar Format, "Encapsulated message format"; Arrow C++, parquet/arrow/writer.
 */
export function arrowSchemaMetadata(fields: readonly LogicalField[]): string {
  const metadata = Message.encode(Message.from(arrowSchema(fields)));
  const paddedBytes = Math.ceil(metadata.length / 8) * 8;
  const message = Buffer.alloc(8 + paddedBytes);
  message.writeInt32LE(-1, 0);
  message.writeInt32LE(paddedBytes, 4);
  message.set(metadata, 8);
  return message.toString("base64");
}
