import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { type S3Server, startS3Server } from "../support/s3-server/index.ts";

/** Every file below a folder, hidden and temporary ones included, in order. A folder that isn't there holds nothing. */
export async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** What is in a sink besides the ledger's documents: objects, files in the making, open uploads. */
export function besidesLedger(contents: readonly string[]): string[] {
  return contents.filter((name) => !/^_pg_bronze\/.*\.json$/.test(name));
}

export interface S3Place {
  readonly server: S3Server;
  readonly url: string;
  /** What an extract needs in its environment to reach the server. */
  readonly env: Readonly<Record<string, string>>;
  /** Keys of the objects, then of the open uploads: all that anybody could find there. */
  contents(): string[];
  /** Forgets faults, requests, objects and uploads. */
  clear(): void;
  close(): Promise<void>;
}

export async function openS3Place(): Promise<S3Place> {
  const server = await startS3Server();
  const bucket = server.bucket("bronze");
  return {
    server,
    url: "s3://bronze",
    env: {
      AWS_ENDPOINT_URL_S3: server.endpoint,
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    },
    contents: () =>
      [...bucket.objects.keys(), ...[...bucket.uploads.values()].map(({ key }) => `open upload of ${key}`)].toSorted(),
    clear: () => {
      server.faults.clear();
      server.requests.length = 0;
      bucket.objects.clear();
      bucket.uploads.clear();
    },
    close: () => server.close(),
  };
}

/** Runs SQL in DuckDB on a file that is too large to be read here; `$file` in it stands for the file. */
export async function duckdbFile(file: string, sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(sql.replaceAll("$file", `'${file.replaceAll("'", "''")}'`));
    return reader.getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
