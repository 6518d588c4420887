import type { WireColumn } from "../../columnar/batch-decoder.ts";
import type { ObjectConfig } from "../../config/object-config.ts";
import { didYouMean } from "../../model/did-you-mean.ts";
import { BronzeError } from "../../model/errors.ts";
import { quoteIdentifier } from "../../model/sql.ts";
import type { ParquetField } from "../../parquet/schema.ts";
import type { Mapping, MappingOptions, Profile, SourceColumn } from "../../pgtypes/contract.ts";
import { mapColumn } from "../../pgtypes/map.ts";
import { selectList } from "../../pgtypes/project.ts";
import { subquery } from "../../source/select.ts";
import { refuseCaseTwins } from "./case-twins.ts";
import { type HashKeyPlan, planHashKeys } from "./hash-key-plan.ts";

/** What of an object's config says how columns land. */
export type TableConfig = Pick<ObjectConfig, "columns" | "unrepresentable" | "hashkeys">;

/** How a described query becomes a Parquet table. Pure: made before any row is read. */
export interface TablePlan {
  /** The SELECT whose rows are read. */
  readonly select: string;
  /** The same made of another query with the same columns. */
  readonly project: (query: string) => string;
  readonly sourceColumns: readonly SourceColumn[];
  readonly wireColumns: readonly WireColumn[];
  /** Columns of the file: the source's in order, then the hash keys. */
  readonly fields: readonly ParquetField[];
  readonly hashKeys: HashKeyPlan | null;
  readonly warnings: readonly string[];
}

/**
 * @param query the SELECT of the shard, before types are projected
 * @throws BronzeError COLUMN_MISSING, CONFIG_INVALID
 */
export function planTable(query: string, columns: readonly SourceColumn[], config: TableConfig, profile: Profile): TablePlan {
  if (columns.length === 0) {
    throw new BronzeError("COLUMN_MISSING", "the source has no columns, and Parquet holds no rows without any", {
      hint: "Give the table a column, or land a query that makes one.",
    });
  }
  checkOverrides(columns, config);
  const mappings = columns.map((column) => mapColumn(column, mappingOptions(column.name, config, profile)));
  const fields: ParquetField[] = columns.map((column, i) => ({ name: column.name, type: mappings[i]!.type, nullable: true }));
  const landed = fields.map((field, i) => ({ ...field, fixedLength: mappings[i]!.fixedLength === true }));
  const hashKeys = planHashKeys(landed, config.hashkeys);
  const clash = hashKeys?.fields.find((field) => columns.some((column) => column.name === field.name));
  if (clash !== undefined) {
    throw new BronzeError("COLUMN_DUPLICATE", `the source has a column "${clash.name}" already`, {
      context: { column: clash.name },
      hint: "Leave `hashkeys` out of the config, or rename the source's column in a query.",
    });
  }
  const fileFields = [...fields, ...(hashKeys?.fields ?? [])];
  if (profile === "lake") refuseCaseTwins(fileFields);
  const project = (from: string): string => projected(from, columns, mappings);
  return {
    select: project(query),
    project,
    sourceColumns: columns,
    wireColumns: columns.map(({ name }, position) => ({
      name,
      position,
      spec: mappings[position]!.spec,
      as: config.columns[name]?.as,
    })),
    fields: fileFields,
    hashKeys,
    warnings: hashKeys?.warnings ?? [],
  };
}

function mappingOptions(column: string, config: TableConfig, profile: Profile): MappingOptions {
  return { profile, unrepresentable: config.unrepresentable, override: config.columns[column] ?? {} };
}

function checkOverrides(columns: readonly SourceColumn[], config: TableConfig): void {
  const names = columns.map((column) => column.name);
  for (const name of Object.keys(config.columns)) {
    if (names.includes(name)) continue;
    const hint = didYouMean(name, names);
    throw new BronzeError("COLUMN_MISSING", `the config speaks of a column "${name}" that the source doesn't have`, {
      context: { column: name },
      hint: hint ?? `Its columns are ${names.slice(0, 20).join(", ")}${names.length > 20 ? ", …" : ""}.`,
    });
  }
}

/** Columns that travel as they are need no wrapping: the query then goes to COPY as it was written. */
function projected(query: string, columns: readonly SourceColumn[], mappings: readonly Mapping[]): string {
  if (mappings.every((mapping) => mapping.project === null)) return query;
  const list = selectList(columns.map((column, i) => ({ quotedName: quoteIdentifier(column.name), mapping: mappings[i]! })));
  return `SELECT ${list} FROM ${subquery(query)}`;
}
