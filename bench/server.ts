import pg from "pg";
import { startPostgres } from "../dev/embedded-postgres.ts";
import { debianPostgisBinDir } from "../test/support/postgres.ts";

export interface BenchServer {
  readonly dsn: string;
  readonly client: pg.Client;
  /** For the conditions: where it comes from, without secrets. */
  readonly about: string;
  stop(): Promise<void>;
}

/** Nothing but what is measured may run: no autovacuum, no checkpoint in between, one fixed order of rows. */
const QUIET_SETTINGS = { shared_buffers: "256MB", max_wal_size: "16GB", autovacuum: "off", synchronize_seqscans: "off" };

/** The server that was named, or one of its own: Debian's PostgreSQL where it has PostGIS, else npm's without. */
export async function openServer(dsn: string | null): Promise<BenchServer> {
  if (dsn !== null) {
    const client = await connect(dsn);
    return { dsn, client, about: "the server given by --dsn", stop: () => client.end() };
  }
  const binDir = debianPostgisBinDir();
  const server = await startPostgres({ settings: QUIET_SETTINGS, ...(binDir === null ? {} : { binDir }) });
  const client = await connect(server.dsn);
  const settings = Object.entries(QUIET_SETTINGS).map(([name, value]) => `${name} = ${value}`);
  return {
    dsn: server.dsn,
    client,
    about: `started for this on the same cores, ${binDir === null ? "without PostGIS" : "with PostGIS"}; ${settings.join(", ")}, fsync = off`,
    stop: async () => {
      await client.end();
      await server.stop();
    },
  };
}

async function connect(dsn: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: dsn, application_name: "pg-bronze bench" });
  await client.connect();
  return client;
}
