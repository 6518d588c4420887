/**
 * `npm test [-- files…]`: starts one PostgreSQL, and one with PostGIS where it is installed, for all test files, runs them with
 * Node's own runner, and stops the servers. Exits with the runner's code. Files called `*.slow.test.ts` take a minute or more each: they
 * run when they are named, and all of them with `npm run test:slow`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "../dev/embedded-postgres.ts";
import { debianPostgisBinDir } from "./support/postgres.ts";

const here = dirname(fileURLToPath(import.meta.url));
const SLOW = ".slow.test.ts";
const named = process.argv.slice(2);
const isSlow = named.includes("--slow");
const files = named.length > 0 && !isSlow ? named : allTestFiles().filter((file) => file.endsWith(SLOW) === isSlow);
const started = [];
const env = { ...process.env };
try {
  if (!env["PG_BRONZE_TEST_DSN"]) {
    const server = await startPostgres();
    started.push(server);
    env["PG_BRONZE_TEST_DSN"] = server.dsn;
  }
  const binDir = debianPostgisBinDir();
  if (!env["PG_BRONZE_TEST_POSTGIS_DSN"] && binDir !== null) {
    const server = await startPostgres({ binDir });
    started.push(server);
    env["PG_BRONZE_TEST_POSTGIS_DSN"] = server.dsn;
  }
  process.exitCode = await runTests(files);
} finally {
  for (const server of started) await server.stop();
}

function allTestFiles(): string[] {
  return readdirSync(here, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .sort()
    .map((name) => join(here, name));
}

async function runTests(testFiles: readonly string[]): Promise<number> {
  const concurrency = Math.max(2, availableParallelism());
  const flags = ["--import", "tsx", "--test", "--test-reporter=spec", `--test-concurrency=${concurrency}`];
  const runner = spawn(process.execPath, [...flags, ...testFiles], { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => runner.kill(signal));
  const [code] = (await once(runner, "exit")) as [number | null];
  return code ?? 1;
}
