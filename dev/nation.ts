/**
 * `npm run nation -- [--counties N] [--connections C] [--seed S]`: a national run from its schedule, on stand-ins of AWS: see
 * test/nation/nation.ts. One event at the end of a month, delivered twice, and the next month's. Prints figures; exits with 1 when something isn't as it must be.
 */
import { parseArgs } from "node:util";
import { checkNation } from "../test/nation/check.ts";
import { dueAt, runNation } from "../test/nation/nation.ts";

const { values } = parseArgs({
  options: { counties: { type: "string" }, connections: { type: "string" }, seed: { type: "string" } },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 40));
const options = {
  counties: Number(values.counties ?? 3_200),
  connections: Number(values.connections ?? 8),
  seed,
  due: [dueAt("2026-10-31"), dueAt("2026-11-30")],
};
console.error(`${options.counties} counties, ${options.connections} connections, seed ${seed}`);
const nation = await runNation({ ...options, say: (line) => console.error(line) });
for (const { run, seconds, submissions, landed, messages } of nation.runs) {
  console.log(
    `${run}: ${landed} landed in ${Math.round(seconds)} s; submissions ${submissions.join("; ")}; ${messages.length} message`,
  );
}
const { runs: _, ...figures } = nation;
console.log(JSON.stringify(figures));
checkNation(nation, options);
