/**
 * `npm run bench:micro [-- --dsn URL] [name …]`: what each stage of the encoder costs on the wire bytes of the two tables, on one thread
 * and without server, network or disk. Only stages whose name holds one of the given words are measured. For types, one by one,
 * see decode.ts.
 */
import { parseArgs } from "node:util";
import { readConditions } from "../measure/conditions.ts";
import { conditionsSection } from "../report/conditions.ts";
import { count, megabytes } from "../report/format.ts";
import { renderSection } from "../report/section.ts";
import { openServer } from "../server.ts";
import { makeLineitem, makeParcels } from "../tables.ts";
import { capture } from "./capture.ts";
import { cheapestPassMs } from "./measure.ts";
import { stagesOf } from "./stages.ts";

const LINEITEM_ROWS = 180_000;
const PARCEL_ROWS = 30_000;

const { values: flags, positionals: words } = parseArgs({ options: { dsn: { type: "string" } }, allowPositionals: true });
const server = await openServer(flags.dsn ?? null);
try {
  const { notes } = conditionsSection(await readConditions(server.client, server.about));
  process.stdout.write(renderSection({ title: "Stages on one thread", notes: notes!.slice(0, 2) }));
  const tables = [await makeLineitem(server.client, LINEITEM_ROWS / 6_000_000), await makeParcels(server.client, PARCEL_ROWS)];
  for (const table of tables) {
    const taken = await capture(server.dsn, table, table.name === "lineitem" ? LINEITEM_ROWS : PARCEL_ROWS);
    const rows = [];
    for (const { name, pass, values } of await stagesOf(taken)) {
      if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
      const ms = cheapestPassMs(pass);
      const perValue = values === null || values === 0 ? "–" : ((ms * 1e6) / values).toFixed(1);
      rows.push([name, ((ms * 1e6) / taken.wireBytes).toFixed(2), ((ms * 1e3) / taken.rows).toFixed(2), perValue]);
    }
    const size = `${count(taken.rows)} rows, ${megabytes(taken.wireBytes)} MB of wire`;
    const header = ["cheapest pass", "CPU-s per GB of wire", "µs per row", "ns per value"];
    process.stdout.write(`\n${renderSection({ title: `${table.name}: ${size}`, table: { header, rows } })}`);
  }
} finally {
  await server.stop();
}
