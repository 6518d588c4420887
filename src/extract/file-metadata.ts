import type { LogicalType } from "../model/logical-type.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import { type GeoColumn, geoMetadata, sridsJson } from "../parquet/geo/metadata.ts";
import { GeoSummary } from "../parquet/geo/summary.ts";
import type { ParquetField } from "../parquet/schema.ts";
import type { Profile } from "../pgtypes/contract.ts";
import type { SpatialReferences } from "./spatial-references.ts";
import type { SegmentFacts } from "./threads/segment.ts";

/** Arrow's schema of the file. It takes a tenth of a second to load what makes it: ask for it while the server still makes its first rows. */
export async function arrowSchemaOf(fields: readonly ParquetField[]): Promise<string> {
  const { arrowSchemaMetadata } = await import("../columnar/arrow-schema.ts");
  return arrowSchemaMetadata(fields);
}

/**
 * Spark asks this key alone which calendar old dates are in. Without it, it refuses dates before 1582-10-15 and points in time before
 * 1900, since Spark 2 wrote those by the Julian calendar; Spark 3.0 and later write by the proleptic Gregorian one, as PostgreSQL counts.
 * Source: Spark, DataSourceUtils.datetimeRebaseSpec; read by Spark 3.5.9.
 */
const SPARK_CALENDAR = ["org.apache.spark.version", "3.5.0"] as const;

function isDated(type: LogicalType): boolean {
  switch (type.type) {
    case "date":
      return true;
    case "timestamp":
      return type.utc;
    case "list":
      return isDated(type.element.type);
    case "map":
      return isDated(type.key.type) || isDated(type.value.type);
    case "struct":
      return type.fields.some((field) => isDated(field.type));
    default:
      return false;
  }
}

interface FileContent {
  readonly shard: Shard;
  readonly source: string;
  readonly profile: Profile;
  readonly arrowSchema: string;
  readonly fields: readonly ParquetField[];
  readonly facts: readonly SegmentFacts[];
  readonly references: SpatialReferences;
}

/**
 * The footer's key-value pairs: Arrow's schema, GeoParquet's `geo`, and where the rows come from. Nothing in them changes from one
 * extract of the same snapshot_dt to the next, so that the same rows give the same bytes; transaction ids and LSNs stand in the manifest.
 */
export function fileMetadata(file: FileContent): { metadata: (readonly [string, string])[]; warnings: readonly string[] } {
  const columns = geoColumns(file);
  const geo = geoMetadata(columns);
  const metadata: (readonly [string, string])[] = [
    ["ARROW:schema", file.arrowSchema],
    ...(file.profile === "lake" && file.fields.some(({ type }) => isDated(type)) ? [SPARK_CALENDAR] : []),
    ...(geo.json === null ? [] : [["geo", geo.json] as const]),
    ["pg_bronze.version", VERSION],
    ["pg_bronze.object", file.shard.object],
    ["pg_bronze.source", file.source],
    ["pg_bronze.snapshot_dt", file.shard.snapshotDt],
    ...(columns.length === 0 ? [] : [["pg_bronze.srids", sridsJson(columns)] as const]),
  ];
  return { metadata, warnings: geo.warnings };
}

/** The table's geometry columns with what the rows told of them; an empty table tells nothing but the declared SRID. */
function geoColumns({ fields, facts, references }: Pick<FileContent, "fields" | "facts" | "references">): GeoColumn[] {
  const known = facts.flatMap((segment) => segment.geometries);
  return fields.flatMap(({ name, type }) => {
    if (type.type !== "wkb") return [];
    const told = known.find((geometry) => geometry.column === name);
    const srid = told?.srid ?? type.srid;
    const reference = srid === null || srid === 0 ? null : references(srid);
    return [{ name, edges: type.edges, srid, reference, summary: told?.summary ?? new GeoSummary().result() }];
  });
}
