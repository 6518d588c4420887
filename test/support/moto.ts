import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface Moto {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Where moto can be had: an endpoint that runs already, a command to start, or null. */
export function findMoto(env: NodeJS.ProcessEnv = process.env): { endpoint: string } | { command: string } | null {
  const endpoint = env["PG_BRONZE_TEST_S3_ENDPOINT"];
  if (endpoint) return { endpoint };
  const found = spawnSync("moto_server", ["--help"], { stdio: "ignore" });
  return found.status === 0 ? { command: "moto_server" } : null;
}

/** moto's server (PyPI `moto[server,s3]`) on a free port, or the one that runs. @throws Error when there is none, or it doesn't answer. */
export async function startMoto(): Promise<Moto> {
  const found = findMoto();
  if (found === null) throw new Error("moto_server is not on PATH: pip install 'moto[server,s3]'");
  if ("endpoint" in found) return { endpoint: found.endpoint, close: async () => {} };
  const port = await freePort();
  const child = spawn(found.command, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${port}`;
  const giveUpAt = Date.now() + 60_000;
  while (!(await fetch(`${endpoint}/moto-api/`).catch(() => null))?.ok) {
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error("moto_server did not start");
    await delay(100);
  }
  return {
    endpoint,
    close: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
