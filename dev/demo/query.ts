/**
 * Asks DuckDB about what landed: node --import tsx dev/demo/query.ts "SELECT count(*) FROM '.demo/bronze/**\/*.parquet'".
 * Prints rows as a table.
 */
import { DuckDBInstance } from "@duckdb/node-api";

const [sql] = process.argv.slice(2);
if (sql === undefined) {
  console.error('Usage: node --import tsx dev/demo/query.ts "SELECT …"');
  process.exitCode = 2;
} else {
  const connection = await (await DuckDBInstance.create()).connect();
  const answer = await connection.runAndReadAll(sql);
  console.table(answer.getRowObjectsJson());
}
