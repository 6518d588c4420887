import { arrowSchema } from "./arrow-schema.ts";
import type { Check } from "./check.ts";
import { columnIndex } from "./column-index.ts";
import { checksums, footer, pageIndex, pages, readable, rowCount } from "./file.ts";
import { geoParquet } from "./geo.ts";
import { hashKeys, uniqueKeys } from "./hashkeys.ts";
import { manifestColumns, manifestNulls, manifestRowGroups, manifestRows } from "./manifest.ts";
import { metadata } from "./metadata.ts";
import { etag, landed, sha256, size } from "./object.ts";
import { hivePath } from "./path.ts";
import { nullCounts, statistics } from "./statistics.ts";

/** Every check, in the order in which they are reported. `docs/validate.md` tells what each one proves. */
export const CHECKS: readonly Check[] = [
  landed,
  size,
  etag,
  sha256,
  footer,
  pages,
  checksums,
  pageIndex,
  readable,
  rowCount,
  nullCounts,
  statistics,
  columnIndex,
  arrowSchema,
  manifestRows,
  manifestRowGroups,
  manifestColumns,
  manifestNulls,
  hashKeys,
  uniqueKeys,
  geoParquet,
  hivePath,
  metadata,
];
