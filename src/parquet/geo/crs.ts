import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { WGS84 } from "./wgs84.ts";

/** A PROJJSON object. Source: https://proj.org/specifications/projjson.html. */
export type Projjson = { readonly type: string; readonly name: string } & Readonly<Record<string, unknown>>;

/** The datasets that are shipped, by authority. */
const DATASETS: Readonly<Record<string, string>> = { EPSG: "projjson.tsv.br", ESRI: "projjson-esri.tsv.br" };

const known = new Map<string, Projjson | null>([["EPSG:4326", WGS84]]);

/**
 * A coordinate reference system by authority and code, `EPSG:4326` or `ESRI:102738`; null for one that no dataset here has.
 *
 * The first call for a system but EPSG:4326 takes some 30 ms of CPU and 11 MB for a moment: a dataset is read, and all but the one
 * system dropped.
 * Definitions from the EPSG Geodetic Parameter Dataset, owned by IOGP, and Esri's, both by way of PROJ; made by dev/make-projjson.py.
 */
export function projjson(name: string): Projjson | null {
  let crs = known.get(name);
  if (crs === undefined) {
    crs = readCrs(name);
    known.set(name, crs);
  }
  return crs;
}

function readCrs(name: string): Projjson | null {
  const [authority = "", code = ""] = name.split(":");
  if (!Object.hasOwn(DATASETS, authority) || !/^[1-9]\d*$/.test(code)) return null;
  const dataset = brotliDecompressSync(readFileSync(new URL(DATASETS[authority]!, import.meta.url)));
  const key = `\n${code}\t`;
  const start = dataset.indexOf(key);
  if (start === -1) return null;
  return JSON.parse(dataset.toString("utf8", start + key.length, dataset.indexOf("\n", start + 1))) as Projjson;
}
