import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { type PostgresServer, startPostgres } from "../../dev/embedded-postgres.ts";

export interface TestDatabase {
  readonly dsn: string;
  /** Runs one statement, or several when there are no parameters (then the last one's rows); gives the rows as objects. */
  query(sql: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends everybody's sessions in it and removes it. */
  drop(): Promise<void>;
}

/** A fresh database: in the server named by PG_BRONZE_TEST_DSN, else in one that this process starts and that ends with it. */
export async function testDatabase(): Promise<TestDatabase> {
  return createDatabase(await plainServer());
}

/**
 * A fresh database with PostGIS: in the server named by PG_BRONZE_TEST_POSTGIS_DSN, else in one started from Debian's binaries.
 * Null where PostGIS is not installed, unless PG_BRONZE_REQUIRE_POSTGIS=1: then that is an error.
 */
export async function postgisDatabase(): Promise<TestDatabase | null> {
  const server = await postgisServer();
  if (server === null) return null;
  const database = await createDatabase(server);
  await database.query("CREATE EXTENSION postgis");
  return database;
}

/** Binaries of the newest PostgreSQL under Debian's layout that has PostGIS; null when there is none. */
export function debianPostgisBinDir(): string | null {
  const root = "/usr/lib/postgresql";
  const majors = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  const major = majors
    .sort((a, b) => b - a)
    .find((version) => existsSync(`/usr/share/postgresql/${version}/extension/postgis.control`));
  return major === undefined ? null : join(root, String(major), "bin");
}

let plain: Promise<string> | undefined;
let postgis: Promise<string | null> | undefined;

function plainServer(): Promise<string> {
  const given = process.env["PG_BRONZE_TEST_DSN"];
  plain ??= given ? Promise.resolve(given) : startPostgres().then(dsnOf);
  return plain;
}

function postgisServer(): Promise<string | null> {
  postgis ??= findPostgis();
  return postgis;
}

async function findPostgis(): Promise<string | null> {
  const given = process.env["PG_BRONZE_TEST_POSTGIS_DSN"];
  if (given) return given;
  const binDir = debianPostgisBinDir();
  if (binDir !== null) return dsnOf(await startPostgres({ binDir }));
  if (process.env["PG_BRONZE_REQUIRE_POSTGIS"] === "1") {
    throw new Error(
      "PostGIS is required (PG_BRONZE_REQUIRE_POSTGIS=1) but not installed: apt-get install postgresql-15-postgis-3",
    );
  }
  return null;
}

function dsnOf(server: PostgresServer): string {
  return server.dsn;
}

/** A fresh database in a server of one's own. */
export async function createDatabase(serverDsn: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await once(serverDsn, `CREATE DATABASE ${name}`);
  const url = new URL(serverDsn);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 4, allowExitOnIdle: true });
  // A test may kill all sessions of its database; idle ones of the pool then report it here.
  pool.on("error", () => {});
  return {
    dsn: url.href,
    query: async (sql, params) => {
      const result: pg.QueryResult | pg.QueryResult[] = await pool.query(sql, params === undefined ? undefined : [...params]);
      return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
    },
    drop: async () => {
      await pool.end();
      await once(serverDsn, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function once(dsn: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
