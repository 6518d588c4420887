import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { County } from "./counties.ts";
import { type MultiPolygon, multiPolygonEwkb, SRID } from "./geometry.ts";
import { PARCEL_COLUMNS, type ParcelValue } from "./parcel-columns.ts";
import { generateParcels, type ParcelOptions } from "./parcels.ts";
import type { Place } from "./places.ts";

/** `geometry` where the server has PostGIS; else `bytea` holding EWKB, as in tables that outlived their PostGIS. */
export type GeometryType = "geometry" | "bytea";

export interface LoadOptions {
  readonly geometryType: GeometryType;
}

export interface Loaded {
  readonly table: string;
  readonly rows: number;
  /** Of COPY's text format, as sent. */
  readonly bytes: number;
}

/** Source: "Verse Table Schema", version 16. */
const VERSE_COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ["id", "integer"],
  ["admin0", "character varying"],
  ["admin1", "character varying"],
  ["admin2", "character varying"],
  ["admin2_center", "character varying"],
  ["admin2_type", "character varying"],
  ["admin3", "character varying"],
  ["population", "integer"],
  ["sqmi", "integer"],
  ["sq_km", "integer"],
  ["geoid", "character varying"],
  ["table_name", "character varying"],
  ["total_objects", "integer"],
  ["last_refresh", "date"],
  ["path", "character varying"],
  ["canonical_path", "text"],
  ["filename_stem", "text"],
  ["date_added", "timestamp without time zone"],
  ["shapefile_size_flag", "text"],
];

const SQUARE_KILOMETRES_PER_SQUARE_MILE = 2.589988110336;

/**
 * Makes and fills `public.verse`.
 * @param filled what is known of the counties that have a parcel table here, by geoid.
 */
export async function loadVerse(
  client: Client,
  counties: readonly County[],
  filled: ReadonlyMap<string, { readonly place: Place; readonly rows: number }>,
  options: LoadOptions,
): Promise<Loaded> {
  const rows = counties.map((county, index): CopyRow => {
    const known = filled.get(county.geoid);
    const parcels = known?.rows ?? county.parcels;
    const area = county.squareKilometres;
    return {
      geometry: county.outline.length === 0 ? null : county.outline,
      values: [
        index + 1,
        "us",
        county.state,
        county.name,
        known?.place.towns[0]?.name ?? null,
        county.type,
        null,
        known?.place.population ?? null,
        area === null ? null : Math.round(area / SQUARE_KILOMETRES_PER_SQUARE_MILE),
        area === null ? null : Math.round(area),
        county.geoid,
        county.tableName,
        parcels,
        county.lastRefresh,
        county.path,
        county.path,
        county.tableName,
        "2014-07-01 00:00:00",
        parcels > 500_000 ? "y" : null,
      ],
    };
  });
  return createTable(client, { table: "verse", columns: VERSE_COLUMNS, primaryKey: "id" }, rows, options);
}

/** Makes and fills the parcel table of one county. Rows are generated as the server takes them: memory doesn't grow with their number. */
export async function loadParcels(
  client: Client,
  county: County,
  place: Place,
  options: LoadOptions & ParcelOptions,
): Promise<Loaded> {
  const rows = generateParcels(place, county.outline, options);
  return createTable(client, { table: county.tableName, columns: PARCEL_COLUMNS, primaryKey: "ogc_fid" }, rows, options);
}

interface TableDefinition {
  readonly table: string;
  /** Without the geometry, which every table here has last. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly primaryKey: string;
}

interface CopyRow {
  readonly values: readonly ParcelValue[];
  readonly geometry: MultiPolygon | null;
}

/** All or nothing; fails when the table is already there. */
async function createTable(
  client: Client,
  { table, columns, primaryKey }: TableDefinition,
  rows: Iterable<CopyRow>,
  { geometryType }: LoadOptions,
): Promise<Loaded> {
  const geometry = geometryType === "geometry" ? `geometry(MultiPolygon,${SRID})` : "bytea";
  const definitions = columns.map(([name, type]) => `${client.escapeIdentifier(name)} ${type}`);
  const name = `public.${client.escapeIdentifier(table)}`;
  let bytes = 0;
  await client.query("BEGIN");
  try {
    await client.query(`CREATE TABLE ${name} (${[...definitions, `wkb_geometry ${geometry}`].join(", ")})`);
    const copy = client.query(copyFrom(`COPY ${name} FROM STDIN`));
    await pipeline(
      Readable.from(copyText(rows, geometryType), { objectMode: false, highWaterMark: CHUNK_CHARACTERS }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          yield chunk;
        }
      },
      copy,
    );
    await client.query(`ALTER TABLE ${name} ADD PRIMARY KEY (${client.escapeIdentifier(primaryKey)})`);
    await client.query("COMMIT");
    await client.query(`ANALYZE ${name}`);
    return { table, rows: copy.rowCount, bytes };
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

const CHUNK_CHARACTERS = 1 << 18;

/** Source: PostgreSQL documentation, COPY, "Text Format". */
function* copyText(rows: Iterable<CopyRow>, geometryType: GeometryType): Generator<Buffer> {
  const hexPrefix = geometryType === "bytea" ? "\\\\x" : "";
  let text = "";
  for (const { values, geometry } of rows) {
    for (const value of values) text += `${copyField(value)}\t`;
    text += geometry === null ? "\\N\n" : `${hexPrefix}${multiPolygonEwkb(geometry, SRID).toString("hex")}\n`;
    if (text.length >= CHUNK_CHARACTERS) {
      yield Buffer.from(text);
      text = "";
    }
  }
  if (text !== "") yield Buffer.from(text);
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function copyField(value: ParcelValue): string {
  if (value === null) return "\\N";
  if (typeof value !== "string") return String(value);
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : value;
}
