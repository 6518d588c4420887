import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BenchTable } from "../tables.ts";
import type { Contender } from "./contract.ts";

const READER = fileURLToPath(new URL("../raw-reader.js", import.meta.url));

/** The physical limit: PostgreSQL's own COPY, read and thrown away by psql, or by a small Node process where there is no psql. */
export function rawCopy(table: BenchTable, dsn: string): Contender {
  const query = `SELECT * FROM ${table.name}`;
  const psql = psqlVersion();
  return {
    name: "raw-copy",
    kind: "raw",
    about:
      psql === null ? "COPY BINARY thrown away by a Node process (there is no psql here)" : `COPY BINARY thrown away by ${psql}`,
    prepare: () => ({ command: { argv: psql === null ? readerArgv(dsn, query) : psqlArgv(dsn, query) }, file: null }),
  };
}

export function psqlVersion(): string | null {
  const { status, stdout } = spawnSync("psql", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

export function psqlArgv(dsn: string, query: string): string[] {
  return ["psql", "-X", "-q", "-At", "-d", dsn, "-c", `COPY (${query}) TO STDOUT (FORMAT binary)`];
}

/** Prints the number of bytes of the COPY stream. */
export function readerArgv(dsn: string, query: string): string[] {
  return [process.execPath, READER, dsn, query];
}
