import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

/**
 * Counties of the United States, projected (Albers, with Alaska, Hawaii and the territories as insets), as text for page/outlines.js. Lines:
 *
 *     <width> <height> <number of arcs> <number of states>     in units of the drawing, with tabs between
 *     <arc>                                                   steps from position to position, see dev/make-outlines.ts
 *     <FIPS code> <postal code> <name>                        of a state
 *     <geoid> <name> <rings>                                  of a county: arcs with commas between, `~arc` backwards; rings with semicolons
 *
 * A border between two counties is one arc that both use, so what is an outline of a state follows from the arcs alone.
 * From us-atlas (Census Bureau); made by dev/make-outlines.ts.
 */
export function readOutlines(): string {
  return brotliDecompressSync(readFileSync(new URL("outlines.txt.br", import.meta.url))).toString("utf8");
}
