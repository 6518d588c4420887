/** `npm run bench`: see HELP in options.ts. Exits 0 when all was measured and right, 1 when not, 2 on a mistake in its use. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, WorkloadResult } from "./bench.ts";
import { ensureBuilt } from "./build.ts";
import { type Conditions, readConditions } from "./measure/conditions.ts";
import { findServerCpu } from "./measure/server-cpu.ts";
import { type BenchOptions, HELP, parseOptions, UsageError, type Workload } from "./options.ts";
import { conditionsSection } from "./report/conditions.ts";
import { renderSection } from "./report/section.ts";
import { targetSection, verdictOf } from "./report/target.ts";
import { openServer } from "./server.ts";
import { makeLineitem, makeParcels } from "./tables.ts";

const WORKLOADS: Readonly<Record<Workload, () => Promise<(bench: Bench) => Promise<WorkloadResult>>>> = {
  extract: async () => (await import("./workloads/extract.ts")).extractWorkload,
  small: async () => (await import("./workloads/small.ts")).smallWorkload,
  memory: async () => (await import("./workloads/memory.ts")).memoryWorkload,
  s3: async () => (await import("./workloads/s3.ts")).s3Workload,
  files: async () => (await import("./workloads/files.ts")).filesWorkload,
};

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  ensureBuilt(say);
  if (options.folder !== null) mkdirSync(options.folder, { recursive: true });
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), "pg-bronze-bench-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // The server has a guard of its own.
  process.once("SIGINT", () => {
    remove();
    process.exit(130);
  });
  try {
    return await run(options, folder);
  } finally {
    remove();
  }
}

async function run(options: BenchOptions, folder: string): Promise<number> {
  const server = await openServer(options.dsn);
  try {
    const conditions = await readConditions(server.client, server.about);
    const tables = [];
    for (const name of options.tables) {
      say(`${name}: made unless it is there`);
      tables.push(
        await (name === "lineitem" ? makeLineitem(server.client, options.scale) : makeParcels(server.client, options.parcels)),
      );
    }
    const serverCpu = await findServerCpu(server.client);
    if (serverCpu === null) say("the server's processes can't be seen from here: its CPU time is not measured");
    const bench: Bench = { options, dsn: server.dsn, client: server.client, serverCpu, tables, folder, say };
    const results: WorkloadResult[] = [];
    for (const workload of options.workloads) results.push(await (await WORKLOADS[workload]())(bench));
    publish(options, conditions, results);
    return results.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    await server.stop();
  }
}

function publish({ json, out }: BenchOptions, conditions: Conditions, results: readonly WorkloadResult[]): void {
  const targets = results.flatMap((result) => result.targets);
  const sections = [targetSection(targets), ...results.flatMap((result) => result.sections), conditionsSection(conditions)];
  const report = `# Benchmark results\n\n${sections.map(renderSection).join("\n")}`;
  if (out !== null) writeFileSync(out, report);
  if (!json) process.stdout.write(report);
  else {
    const workloads = Object.fromEntries(results.map(({ workload, data }) => [workload, data]));
    const judged = targets.map((target) => ({ ...target, verdict: verdictOf(target) }));
    process.stdout.write(`${JSON.stringify({ version: 1, conditions, targets: judged, workloads }, null, 2)}\n`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(error.message);
  process.exitCode = 2;
}
