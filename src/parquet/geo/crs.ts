import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { WGS84 } from "./wgs84.ts";

/** A PROJJSON object. Source: https://proj.org/specifications/projjson.html. */
export type Projjson = { readonly type: string; readonly name: string } & Readonly<Record<string, unknown>>;

const known = new Map<number, Projjson | null>([[4326, WGS84]]);

/**
 * The coordinate reference system that an SRID names, or null when the EPSG dataset has none by that number (0, ESRI's
 * and home-made ones). PostGIS numbers the systems of its spatial_ref_sys as EPSG does.
 *
 * The first call for an SRID but 4326 takes some 30 ms of CPU and 11 MB for a moment: the dataset is read, and all but the one system
 * dropped.
 * Definitions from the EPSG Geodetic Parameter Dataset, owned by IOGP, by way of PROJ; made by dev/make-projjson.py.
 */
export function projjson(srid: number): Projjson | null {
  let crs = known.get(srid);
  if (crs === undefined) {
    crs = srid > 0 ? readCrs(srid) : null;
    known.set(srid, crs);
  }
  return crs;
}

function readCrs(srid: number): Projjson | null {
  const dataset = brotliDecompressSync(readFileSync(new URL("projjson.tsv.br", import.meta.url)));
  const key = `\n${srid}\t`;
  const start = dataset.indexOf(key);
  if (start === -1) return null;
  return JSON.parse(dataset.toString("utf8", start + key.length, dataset.indexOf("\n", start + 1))) as Projjson;
}
