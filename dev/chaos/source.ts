import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Random } from "../demo/random.ts";

/** `small`: a few thousand rows. `large`: a few hundred of random bytes, so that an upload has several parts. */
export type TableName = "small" | "large";

/** Each hundred rows of a read wait as long as `public.pace` says, so that extracts overlap without using the processor. */
const TABLES = `
  CREATE TABLE public.pace (seconds float8 NOT NULL);
  INSERT INTO public.pace VALUES (0);
  CREATE FUNCTION public.pause() RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT pg_sleep(seconds) IS NOT NULL FROM public.pace';
  CREATE TABLE public.small (id integer PRIMARY KEY, name text NOT NULL, amount numeric(12,2), seen timestamptz, extra text[]);
  INSERT INTO public.small SELECT i, md5(i::text), i / 7.0, timestamptz '2026-01-01' + i * interval '1 minute', ARRAY[md5((-i)::text)]
    FROM generate_series(1, 3000) AS i;
  CREATE TABLE public.large (id integer PRIMARY KEY, content bytea NOT NULL);
  ALTER TABLE public.large ALTER COLUMN content SET STORAGE EXTERNAL;
  CREATE FUNCTION public.noise(bytes integer) RETURNS bytea LANGUAGE sql VOLATILE AS
    $$ SELECT decode(string_agg(md5(random()::text), ''), 'hex') FROM generate_series(1, bytes / 16) $$;
  INSERT INTO public.large SELECT i, public.noise(32768) FROM generate_series(1, 400) AS i;
`;

/** Runs exactly so in the source. The order makes files of the same rows the same bytes. */
export function queryOf(table: TableName): string {
  return `SELECT * FROM public.${table} WHERE id % ${table === "small" ? 500 : 50} <> 0 OR public.pause() ORDER BY id`;
}

/** Two tables that change while they are read. */
export interface ChangingSource {
  readonly dsn: string;
  /** Reads from now on take about this much longer. */
  pace(extraMs: number): Promise<void>;
  /** Changes a table until told to stop; a still one never, so that several extracts land the same bytes. */
  keepChanging(table: TableName, random: Random, isStill: boolean): { stop(): Promise<void> };
  close(): Promise<void>;
}

/** @returns its DSN */
export async function createDatabase(serverDsn: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverDsn });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(serverDsn), { pathname: `/${name}` }).href;
}

/** Makes and fills the tables in an empty database. */
export async function makeSource(dsn: string): Promise<ChangingSource> {
  const pool = new pg.Pool({ connectionString: dsn, max: 2 });
  pool.on("error", () => {});
  await pool.query(TABLES);
  return {
    dsn,
    pace: async (extraMs) => void (await pool.query("UPDATE public.pace SET seconds = $1", [extraMs / 8 / 1000])),
    keepChanging: (table, random, isStill) => {
      const stopped = new AbortController();
      const changing = (async () => {
        while (!isStill && !stopped.signal.aborted) {
          await pool.query(change(table, random));
          await delay(random.int(20, 400), undefined, { signal: stopped.signal }).catch(() => {});
        }
      })();
      return {
        stop: async () => {
          stopped.abort();
          await changing;
        },
      };
    },
    close: () => pool.end(),
  };
}

/** Other values of the same size, longer or shorter ones, rows that go or come. */
function change(table: TableName, random: Random): string {
  const id = random.int(1, table === "small" ? 3000 : 400);
  const some = random.int(1, table === "small" ? 200 : 8);
  const range = `BETWEEN ${id} AND ${id + some}`;
  if (table === "large") return `UPDATE public.large SET content = public.noise(${random.int(16_384, 49_152)}) WHERE id ${range}`;
  return random.pick([
    `UPDATE public.small SET name = md5(random()::text) WHERE id ${range}`,
    `UPDATE public.small SET name = repeat(md5(random()::text), ${random.int(1, 8)}) WHERE id ${range}`,
    `DELETE FROM public.small WHERE id ${range}`,
    `INSERT INTO public.small SELECT i, md5(random()::text), random() * 1000, now(), NULL
       FROM generate_series(${id}, ${id + some}) AS i ON CONFLICT (id) DO UPDATE SET seen = now()`,
  ]);
}
