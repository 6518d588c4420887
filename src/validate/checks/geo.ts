import type { Duck } from "../../read/duckdb.ts";
import { type Footer, writtenByUs } from "../../read/footer.ts";
import { type Finding, fail, skip, verdictOn, warn } from "../report.ts";
import { fromFile } from "../scan.ts";
import { addWkb, type Extent, emptyExtent } from "../wkb.ts";
import { check } from "./check.ts";

/** What GeoParquet metadata says of one column. Source: GeoParquet 1.1.0, "Column metadata". */
interface GeoColumn {
  readonly encoding?: unknown;
  readonly geometry_types?: unknown;
  readonly crs?: unknown;
  readonly bbox?: unknown;
  readonly edges?: unknown;
}

/** The file's `geo` metadata is GeoParquet 1.1 and true: types and bounding box are those of the geometries that landed. */
export const geoParquet = check("geoparquet", ["footer", "content"], async ({ landing, path, duck, the: { footer } }) => {
  const text = footer.keyValues.get("geo");
  const columns = landing.state === "landed" ? landing.manifest.columns : [];
  const declared = columns.filter((column) => isGeometry(column.type)).map((column) => column.name);
  if (text === undefined) return verdictWithout(await undescribed({ duck, path, footer }, declared));
  const geo = parse(text);
  if (typeof geo === "string") return fail(geo);
  const faults: string[] = [];
  const remarks: string[] = [];
  const strict = writtenByUs(footer);
  const isKnown = typeof geo.version === "string" && /^1\.\d+\.\d+/.test(geo.version);
  if (!isKnown && !strict && typeof geo.version === "string")
    return warn(`GeoParquet ${geo.version.slice(0, 20)} isn't known here, so its metadata isn't judged`);
  if (!isKnown) faults.push(`version is ${JSON.stringify(geo.version)}`);
  else if (strict && geo.version !== "1.1.0") faults.push(`version is ${geo.version}, not 1.1.0`);
  if (typeof geo.primary_column !== "string" || !Object.hasOwn(geo.columns, geo.primary_column)) {
    faults.push(`the primary column ${JSON.stringify(geo.primary_column)} is not among its columns`);
  }
  const left = declared.filter((name) => !Object.hasOwn(geo.columns, name));
  faults.push(...(await undescribed({ duck, path, footer }, left)));
  for (const [name, column] of Object.entries(geo.columns)) {
    const found = await judgeColumn({ duck, path, footer, name, column, strict });
    faults.push(...found.faults.map((fault) => `column ${JSON.stringify(name)}: ${fault}`));
    remarks.push(...found.remarks.map((remark) => `column ${JSON.stringify(name)}: ${remark}`));
  }
  return conclude(faults, remarks);
});

function verdictWithout(faults: readonly string[]): Finding {
  return faults.length === 0 ? skip("no geo metadata") : verdictOn(faults);
}

/** Geometry columns that the metadata leaves out for no reason: GeoParquet 1.1 has none for M values, so those are left out. */
async function undescribed({ duck, path, footer }: Pick<ColumnOfFile, "duck" | "path" | "footer">, names: readonly string[]) {
  const faults: string[] = [];
  for (const name of names) {
    const index = footer.fields.findIndex((field) => field.name === name);
    if (index < 0) continue;
    const { types } = await extentOf(duck, geometriesOf(path, footer, index));
    if ([...types].some((type) => / Z?M$/.test(type))) continue;
    faults.push(`column ${JSON.stringify(name)} holds geometries, and no metadata describes it`);
  }
  return faults;
}

const geometriesOf = (path: string, footer: Footer, index: number): string =>
  `SELECT c${index} FROM ${fromFile(path, footer)} WHERE c${index} IS NOT NULL`;

function conclude(faults: readonly string[], remarks: readonly string[]): Finding {
  return faults.length === 0 && remarks.length > 0 ? warn(remarks.join("; ")) : verdictOn(faults);
}

/** By what landed: a geometry that the config lands as text, say, is text. */
const isGeometry = (type: string): boolean => type === "wkb" || type.startsWith("wkb(");

type Geo = {
  readonly version?: unknown;
  readonly primary_column?: unknown;
  readonly columns: Readonly<Record<string, GeoColumn>>;
};

function parse(text: string): Geo | string {
  let geo: unknown;
  try {
    geo = JSON.parse(text);
  } catch {
    return "the geo metadata is not JSON";
  }
  const columns = (geo as Geo | null)?.columns;
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject(columns) || !Object.values(columns as object).every(isObject)) return "the geo metadata describes no columns";
  return geo as Geo;
}

interface Judged {
  readonly faults: string[];
  readonly remarks: string[];
}

interface ColumnOfFile {
  readonly duck: Duck;
  readonly path: string;
  readonly footer: Footer;
  readonly name: string;
  readonly column: GeoColumn;
  readonly strict: boolean;
}

async function judgeColumn({ duck, path, footer, name, column, strict }: ColumnOfFile): Promise<Judged> {
  const index = footer.fields.findIndex((field) => field.name === name);
  if (index < 0) return { faults: ["is not a column of the file"], remarks: [] };
  if (column.encoding !== "WKB") {
    const message = `encoding is ${JSON.stringify(column.encoding)}, whose values are not looked at`;
    return strict ? { faults: [message], remarks: [] } : { faults: [], remarks: [message] };
  }
  const label = footer.fields[index]?.label ?? "";
  if (label !== "BYTE_ARRAY") return { faults: [`is ${label}, which holds no WKB`], remarks: [] };
  const { faults, remarks } = judgeCrs(column, strict);
  let extent: Extent;
  try {
    extent = await extentOf(duck, geometriesOf(path, footer, index));
  } catch (error) {
    return { faults: [...faults, (error as Error).message], remarks };
  }
  faults.push(...typeFaults(column.geometry_types, extent));
  const box = judgeBox(column, extent, strict);
  return { faults: [...faults, ...box.faults], remarks: [...remarks, ...box.remarks] };
}

function judgeCrs({ crs, edges }: GeoColumn, strict: boolean): Judged {
  const faults: string[] = [];
  const remarks: string[] = [];
  if (edges !== undefined && edges !== "planar" && edges !== "spherical") faults.push(`edges is ${JSON.stringify(edges)}`);
  if (crs === undefined) (strict ? faults : remarks).push("no crs: readers take it for OGC:CRS84");
  else if (crs !== null && (typeof crs !== "object" || typeof (crs as { type?: unknown }).type !== "string")) {
    faults.push("crs is neither PROJJSON nor null");
  }
  return { faults, remarks };
}

/** Streams the geometries: memory holds a few vectors of them. @throws Error with the first value that isn't ISO WKB. */
async function extentOf(duck: Duck, sql: string): Promise<Extent> {
  const extent = emptyExtent();
  await duck.withConnection(async (connection) => {
    const result = await connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const vector = chunk.getColumnVector(0);
      for (let i = 0; i < chunk.rowCount; i++) {
        const value = vector.getItem(i) as { readonly bytes: Uint8Array };
        addWkb(value.bytes, extent);
      }
    }
  });
  return extent;
}

/** An empty list says that the types are not known, and is allowed. */
function typeFaults(said: unknown, extent: Extent): string[] {
  if (!Array.isArray(said) || !said.every((type) => typeof type === "string")) return ["geometry_types is not a list of names"];
  if (said.length === 0) return [];
  const missing = [...extent.types].filter((type) => !said.includes(type));
  const extra = said.filter((type) => !extent.types.has(type));
  return [
    ...(missing.length > 0 ? [`geometry_types leaves out ${missing.join(", ")}`] : []),
    ...(extra.length > 0 ? [`geometry_types names ${extra.join(", ")}, which does not occur`] : []),
  ];
}

/** Our box is exactly the true one; another writer's may be wider. A box of a sphere whose west is east of its east wraps around. */
function judgeBox({ bbox, edges }: GeoColumn, extent: Extent, strict: boolean): Judged {
  const empty = extent.min[0] === Number.POSITIVE_INFINITY;
  if (bbox === undefined) return { faults: [], remarks: empty ? [] : ["no bbox"] };
  if (!Array.isArray(bbox) || (bbox.length !== 4 && bbox.length !== 6) || !bbox.every((value) => typeof value === "number")) {
    return { faults: ["bbox is not four or six numbers"], remarks: [] };
  }
  if (empty) return { faults: ["bbox is given, though there are no coordinates"], remarks: [] };
  const half = bbox.length / 2;
  const box = bbox as number[];
  const wraps = edges === "spherical" && box[0]! > box[half]!;
  const found = [...extent.min.slice(0, half), ...extent.max.slice(0, half)];
  const outside = found.some((value, i) => !(wraps && i % half === 0) && (i < half ? value < box[i]! : value > box[i]!));
  if (outside) return { faults: [`bbox is [${box.join(", ")}], the geometries reach [${found.join(", ")}]`], remarks: [] };
  const wider = !wraps && found.some((value, i) => value !== box[i]);
  if (!wider) return { faults: [], remarks: [] };
  const message = `bbox [${box.join(", ")}] is wider than the geometries, [${found.join(", ")}]`;
  return strict ? { faults: [message], remarks: [] } : { faults: [], remarks: [message] };
}
