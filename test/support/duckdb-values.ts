import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBUUIDValue,
} from "@duckdb/node-api";

/** All columns of a Parquet file as DuckDB reads them, in the terms of `fromVector`, rows ordered by the first column. */
export async function duckdbColumns(file: string): Promise<Map<string, unknown[]>> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run("SET enable_geoparquet_conversion = false");
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file.replaceAll("'", "''")}') ORDER BY 1`);
    const columns = reader.getColumns();
    return new Map(reader.columnNames().map((name, i) => [name, (columns[i] ?? []).map(canonical)]));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function canonical(value: unknown): unknown {
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimeValue)
    return value.micros;
  if (value instanceof DuckDBBlobValue) return hex(value.bytes);
  if (value instanceof DuckDBUUIDValue) return value.toString().replaceAll("-", "");
  if (value instanceof DuckDBListValue) return value.items.map(canonical);
  if (value instanceof DuckDBMapValue) return value.entries.map(({ key, value: item }) => [canonical(key), canonical(item)]);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, canonical(item)]));
  return value;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Values of `fromVector` with bytes as hex digits, as other readers' values are compared. */
export function withHex(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(withHex);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withHex(item)]));
  return value;
}
