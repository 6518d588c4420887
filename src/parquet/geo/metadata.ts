import { type Projjson, projjson } from "./crs.ts";
import { boundingBox, type GeoSummaryData, geometryTypeNames } from "./summary.ts";

/** What an SRID stands for: authority and code, `EPSG:4326`; or null, and why that isn't known, as a part of a sentence. */
export type SpatialReference = { readonly crs: string } | { readonly crs: null; readonly why: string };

/** A top-level column of ISO WKB. */
export interface GeoColumn {
  readonly name: string;
  /** 0 when its values have none; null when there was no value to tell. */
  readonly srid: number | null;
  /** Null where there is no SRID. */
  readonly reference: SpatialReference | null;
  readonly edges: "planar" | "spherical";
  readonly summary: GeoSummaryData;
}

export interface GeoMetadata {
  /** Value for the file's key `geo`; null when no column can be described. */
  readonly json: string | null;
  /** What the reader of the file won't learn from it, each as one sentence. */
  readonly warnings: readonly string[];
}

/**
 * GeoParquet 1.1 metadata. A column without a known SRID gets `crs: null`, never the default, which would mean OGC:CRS84. A column
 * with M values is left out, since GeoParquet 1.1 has none: its WKB lands as it is, and readers see bytes.
 * @param primary name of the primary column; another becomes it when this one is left out or not given
 * Source: https://geoparquet.org/releases/v1.1.0/
 */
export function geoMetadata(columns: readonly GeoColumn[], primary: string | null = null): GeoMetadata {
  const described = columns.filter((column) => !column.summary.hasM);
  const warnings = columns.flatMap((column) => warningOf(column) ?? []);
  const first = described.find((column) => column.name === primary) ?? described[0];
  if (first === undefined) return { json: null, warnings };
  const json = JSON.stringify({
    version: "1.1.0",
    primary_column: first.name,
    columns: Object.fromEntries(described.map((column) => [column.name, describe(column)])),
  });
  return { json, warnings };
}

/** SRIDs by column as JSON, for a metadata key of our own: PROJJSON can't tell SRID 0 from one that nobody knows. */
export function sridsJson(columns: readonly Pick<GeoColumn, "name" | "srid">[]): string {
  return JSON.stringify(Object.fromEntries(columns.map(({ name, srid }) => [name, srid])));
}

/** Winding order is not looked at, so `orientation` makes no claim. */
function describe({ reference, edges, summary }: GeoColumn): Record<string, unknown> {
  const bbox = boundingBox(summary);
  return {
    encoding: "WKB",
    geometry_types: geometryTypeNames(summary.types),
    crs: crsOf(reference),
    edges,
    ...(bbox === null ? {} : { bbox }),
  };
}

function crsOf(reference: SpatialReference | null): Projjson | null {
  return reference === null || reference.crs === null ? null : projjson(reference.crs);
}

function warningOf({ name, srid, reference, summary }: GeoColumn): string | null {
  if (summary.hasM) {
    return `column "${name}" has geometries with M values, which GeoParquet 1.1 doesn't allow: it lands as WKB, without GeoParquet metadata.`;
  }
  if (srid === null || crsOf(reference) !== null) return null;
  if (srid === 0 || reference === null)
    return `column "${name}" has no SRID, so its crs is null; name one with columns.${name}.srid.`;
  const why = reference.crs === null ? reference.why : `which is ${reference.crs}, a system that is not known here`;
  return `column "${name}" has SRID ${srid}, ${why}, so its crs is null.`;
}
