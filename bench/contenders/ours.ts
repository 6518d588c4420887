import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stringify } from "yaml";
import type { BenchTable } from "../tables.ts";
import type { Contender, PreparedRun } from "./contract.ts";

/** The built command line: what is published, not the sources through a loader. */
export const CLI = fileURLToPath(new URL("../../dist/cli/bin/pg-bronze.js", import.meta.url));

export interface Variant {
  readonly codec: "zstd1" | "zstd3" | "snappy";
  readonly threads: "auto" | 0 | 1 | 2;
  readonly keys: boolean;
}

/** What is landed, and where. */
export interface Landing {
  readonly object: string;
  readonly query: string;
  readonly dsn: string;
  readonly keys: BenchTable["keys"] | null;
  /** bytea columns that hold EWKB. */
  readonly ewkbColumns: readonly string[];
  /** Null: the run's own folder. */
  readonly s3: S3Place | null;
}

export interface S3Place {
  readonly url: string;
  /** More keys of the config's `sink`. */
  readonly section: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
}

/** The whole table, or a query that has its columns, into the run's own folder. */
export function landingOf(table: BenchTable, dsn: string, query = `SELECT * FROM ${table.name}`): Landing {
  const ewkbColumns = table.columns.filter((column) => column.holdsGeometry).map(({ name }) => name);
  return { object: table.name, query, dsn, keys: table.keys, ewkbColumns, s3: null };
}

/** By default what a user gets, with and without hash keys; else every codec × threads × keys. */
export function variants(full: boolean): Variant[] {
  if (!full) return [true, false].map((keys) => ({ codec: "zstd1", threads: "auto", keys }));
  return (["zstd1", "zstd3", "snappy"] as const).flatMap((codec) =>
    (["auto", 0, 1, 2] as const).flatMap((threads) => [true, false].map((keys) => ({ codec, threads, keys }))),
  );
}

export function variantName({ codec, threads, keys }: Variant): string {
  return `ours-${codec}-${threads === "auto" ? "auto" : `t${threads}`}-${keys ? "keys" : "nokeys"}`;
}

export function ours(landing: Landing, variant: Variant, name = variantName(variant)): Contender {
  const { codec, threads, keys } = variant;
  return {
    name,
    kind: "ours",
    about: `pg-bronze extract, ${codec}, threads ${threads}, ${keys ? "both hash keys" : "no hash keys"}, statistics and manifest`,
    prepare: (folder) => prepareOurs(landing, variant, folder),
  };
}

/** The object's config, as its YAML file holds it. */
export function configDocument(landing: Landing, keys: boolean, sink: Pick<S3Place, "url"> & Partial<S3Place>) {
  return {
    object: landing.object,
    extract_pattern: "single_table",
    source_system: "bench",
    dataset: "bench",
    source: { dsn_env: "BENCH_DSN", query: landing.query },
    columns: Object.fromEntries(landing.ewkbColumns.map((name) => [name, { as: "geometry", srid: 4326 }])),
    ...(keys && landing.keys !== null ? { hashkeys: { ...landing.keys, separator: "|" } } : {}),
    sink: { url: sink.url, key: "{object}_{extract_date}.parquet", ...sink.section },
  };
}

const EXTRACT_DATE = "2026-01-01";

/** Writes the config into the folder; the landed file lies beside it. */
export function prepareOurs(landing: Landing, { codec, threads, keys }: Variant, folder: string): PreparedRun {
  const { object, dsn, s3 } = landing;
  const config = join(folder, "config.yaml");
  writeFileSync(config, stringify(configDocument(landing, keys, s3 ?? { url: pathToFileURL(folder).href })));
  const compression = codec === "snappy" ? ["snappy"] : ["zstd", "--compression-level", codec.slice(4)];
  const flags = [
    "--config",
    config,
    "--extract-date",
    EXTRACT_DATE,
    "--threads",
    String(threads),
    "--compression",
    ...compression,
  ];
  return {
    command: {
      argv: [process.execPath, CLI, "extract", ...flags, "--json", "--log-level", "warn"],
      env: { BENCH_DSN: dsn, ...s3?.env },
    },
    file: s3 === null ? join(folder, `${object}_${EXTRACT_DATE}.parquet`) : null,
  };
}
