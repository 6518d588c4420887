import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./free-port.ts";

export interface VersityGateway {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  close(): Promise<void>;
}

/** VersityGW's binary, where PG_BRONZE_VERSITYGW names it: `go install github.com/versity/versitygw/cmd/versitygw@latest`. */
export function findVersityGateway(env: NodeJS.ProcessEnv = process.env): string | null {
  return env["PG_BRONZE_VERSITYGW"] || null;
}

/** The gateway on a free port, over a new folder. Metadata lie beside the objects, so any file system serves. */
export async function startVersityGateway(binary: string): Promise<VersityGateway> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "versitygw-"));
  for (const name of ["objects", "metadata"]) await mkdir(join(folder, name));
  const credentials = { accessKeyId: "VERSITYKEY", secretAccessKey: "versity-secret" };
  const where = ["--port", `127.0.0.1:${port}`, "--access", credentials.accessKeyId, "--secret", credentials.secretAccessKey];
  const child = spawn(binary, [...where, "--quiet", "posix", "--sidecar", join(folder, "metadata"), join(folder, "objects")], {
    stdio: "ignore",
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const giveUpAt = Date.now() + 60_000;
  while ((await fetch(endpoint).catch(() => null)) === null) {
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error("versitygw did not start");
    await delay(100);
  }
  return {
    endpoint,
    credentials,
    close: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
