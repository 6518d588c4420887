import type { ExtractRequest } from "../../../extract/contract.ts";
import { describeShard } from "../../../extract/describe-shard.ts";
import { landingOptions } from "../../../extract/options.ts";
import { openJobSource, type SourceAccess, sourceAccess } from "../../../extract/shard-source.ts";
import type { Shard } from "../../../model/shard.ts";
import { patternOf } from "../../../patterns/index.ts";
import type { Source } from "../../../source/contract.ts";
import { type Doctor, wrong } from "./check.ts";

const CONNECTION = `SELECT current_user AS role, pg_catalog.pg_is_in_recovery() AS standby, s.version AS tls
  FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = pg_catalog.pg_backend_pid() AND s.ssl`;

/** The first of ours by name; a role without pg_monitor sees that others' connections are there, and not whose. */
const CONNECTIONS = `SELECT pg_catalog.current_setting('max_connections') AS most, pg_catalog.count(*) AS used,
  pg_catalog.count(*) FILTER (WHERE application_name LIKE 'pg-bronze/%' AND pid <> pg_catalog.pg_backend_pid()) AS ours,
  (SELECT pg_catalog.string_agg(name, ', ') FROM (
    SELECT application_name AS name FROM pg_catalog.pg_stat_activity
    WHERE application_name LIKE 'pg-bronze/%' AND pid <> pg_catalog.pg_backend_pid() ORDER BY 1 LIMIT 5) AS first) AS names
  FROM pg_catalog.pg_stat_activity WHERE datid IS NOT NULL`;

/** The connection string, the connection, who else holds some, the lookup and one table. */
export async function checkSource(doctor: Doctor, request: ExtractRequest): Promise<void> {
  const access = await doctor.check("connection string", async () => {
    const value = sourceAccess(request);
    const { user, host, port, database } = value.target;
    return { says: `${user} at ${host}:${port}/${database}`, value };
  });
  if (access === null) return doctor.skip("connection", "there is no connection string");
  let source: Source | null = null;
  try {
    await doctor.check("connection", async () => {
      source = await openJobSource("doctor", access);
      return { says: await describeConnection(source, access), value: null };
    });
    if (source === null) return doctor.skip("lookup and table", "there is no connection");
    await doctor.check("connections", async () => ({ says: await describeConnections(source!), value: null }));
    await checkReading(doctor, request, source);
  } finally {
    await (source as Source | null)?.close();
  }
}

async function describeConnection(source: Source, { target }: SourceAccess): Promise<string> {
  const [facts] = await source.lookup(CONNECTION);
  const { role, standby, tls } = facts ?? {};
  const isLocal = target.host.startsWith("/") || /^(localhost|127\.|::1)/.test(target.host);
  if (!tls && !isLocal) {
    throw wrong(`The connection to ${target.host} is not encrypted`, "Leave sslmode=disable out of the connection string.");
  }
  const security = tls
    ? `${tls}${target.ssl !== false && target.ssl.rejectUnauthorized === false ? ", certificate not checked" : ""}`
    : "no TLS on this machine";
  return `PostgreSQL ${source.serverVersion}${standby === "t" ? ", a standby" : ""}, as role ${role}, ${security}`;
}

async function describeConnections(source: Source): Promise<string> {
  const [facts] = await source.lookup(CONNECTIONS);
  const { most, used, ours, names } = facts ?? {};
  const others = ours === "0" ? "" : `, ${ours} of them for other work of pg-bronze: ${names}${Number(ours) > 5 ? ", …" : ""}`;
  return `${used} of ${most} in use${others}`;
}

async function checkReading(doctor: Doctor, request: ExtractRequest, source: Source): Promise<void> {
  const { config, selection, snapshotDt } = request;
  const pattern = patternOf(config);
  const planned = () => pattern.plan({ config, selection, snapshotDt, lookup: (select) => source.lookup(select) });
  const plan = pattern.isSharded
    ? await doctor.check("lookup", async () => {
        const value = await planned();
        const rows = value.shards.length + value.rejected.length;
        const rejected = value.rejected.length === 0 ? "" : `, ${value.rejected.length} of them unusable`;
        return { says: `${rows} rows${rejected}`, value };
      })
    : await planned();
  const [shard] = plan?.shards ?? [];
  if (shard === undefined) return doctor.skip("table", "the lookup gives none");
  await doctor.check("table", async () => ({ says: await describeTable(source, shard, request), value: null }));
}

/** One row is read, because describing a query asks for no right to its tables. */
async function describeTable(source: Source, shard: Shard, { config, overrides }: ExtractRequest): Promise<string> {
  const options = landingOptions(config, overrides);
  const { read, table } = await describeShard(source, shard, options);
  await source.lookup(`SELECT pg_catalog.count(*) FROM (SELECT 1 FROM (${read.query}\n) AS q LIMIT 1) AS one`);
  const parallel = options.parallelism > 1 ? `, over ${options.parallelism} connections` : "";
  return `${read.name} can be read: ${table.sourceColumns.length} columns${parallel}`;
}
