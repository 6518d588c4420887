import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FSWatcher, watch } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { openSink } from "../../src/sink/open.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { startS3Server } from "../../test/support/s3-server/index.ts";

export type PlaceName = "folder" | "s3" | "versity";

/** What changed, or is about to: a landing record, or a data object. */
export type Touch = "record" | "data";

/** Where the data objects land; the folder of the landing records is the ledger's. */
export const DATA_FOLDER = "data/";
const RECORDS = /^_pg_bronze\/object=[^/]+\/landings\//;

/** A place to land in, with what a process needs to reach it. */
export interface Place {
  readonly name: PlaceName;
  readonly sink: Sink;
  /** `sink` of the object's config. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** About how often the place is touched by one write. */
  readonly touchesPerWrite: number;
  /** Calls back whenever the place is touched. @returns what ends that */
  onTouch(call: (what: Touch) => void): () => void;
  /** Temporary files, locks and open uploads. */
  leftovers(): Promise<string[]>;
  /** Copies what is there to `folder`. */
  copyTo(folder: string): Promise<void>;
  close(): Promise<void>;
}

/** @param objects whose records are watched */
export async function openPlace(name: PlaceName, objects: readonly string[]): Promise<Place> {
  switch (name) {
    case "folder":
      return openFolder(objects);
    case "s3":
      return openTestServer();
    case "versity":
      return openVersity(objects);
  }
}

async function openFolder(objects: readonly string[]): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "chaos-folder-"));
  const url = pathToFileURL(root).href;
  const sink = await openSink(url);
  return {
    name: "folder",
    sink,
    config: { url },
    env: {},
    // The temporary file comes and goes into a new folder, that becomes the lock (which is two), the file gets its name, the lock goes.
    touchesPerWrite: 7,
    onTouch: await watchFolders(root, objects),
    leftovers: async () => {
      const names = await readdir(root, { recursive: true });
      return names.filter((path) => path.includes(".pg-bronze-"));
    },
    copyTo: (folder) => copyTree(root, folder),
    close: async () => {
      await sink.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Watches the folders of data and records, which are made for it. */
async function watchFolders(root: string, objects: readonly string[]): Promise<Place["onTouch"]> {
  const folders: [Touch, string][] = [
    ["data", DATA_FOLDER],
    ...objects.map((object): [Touch, string] => ["record", `_pg_bronze/object=${object}/landings/`]),
  ];
  for (const [, folder] of folders) await mkdir(join(root, folder), { recursive: true });
  return (call) => {
    const watchers = folders.map(
      ([what, folder]): FSWatcher => watch(join(root, folder), (event) => (event === "rename" ? call(what) : undefined)),
    );
    return () => {
      for (const watcher of watchers) watcher.close();
    };
  };
}

async function copyTree(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = join(to, path.slice(from.length));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(path, target).catch(() => {});
  }
}

const BUCKET = "chaos";

/** How everybody reaches a store that speaks S3. */
async function s3Access(endpoint: string, credentials: { accessKeyId: string; secretAccessKey: string }) {
  const options = { endpoint, path_style: true, region: "us-east-1", part_bytes: 5 << 20 };
  const sink = await openSink(`s3://${BUCKET}`, { endpoint, pathStyle: true, region: options.region, credentials });
  const client = new S3Client({ endpoint, forcePathStyle: true, region: options.region, credentials });
  return {
    sink,
    config: { url: `s3://${BUCKET}`, ...options },
    env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    makeBucket: () => client.send(new CreateBucketCommand({ Bucket: BUCKET })),
    leftovers: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return Uploads.map(({ Key, UploadId }) => `upload ${UploadId} of ${Key}`);
    },
    copyTo: async (folder: string) => {
      for await (const { key } of sink.list("")) {
        const path = join(folder, key);
        await mkdir(dirname(path), { recursive: true });
        const body = await sink.read(key);
        if (body !== null) await writeFile(path, body);
      }
    },
    close: async () => {
      await sink.close();
      client.destroy();
    },
  };
}

async function openTestServer(): Promise<Place> {
  const server = await startS3Server({ buckets: [BUCKET] });
  const access = await s3Access(server.endpoint, server.credentials);
  return {
    ...access,
    name: "s3",
    touchesPerWrite: 1,
    onTouch: (call) => {
      // Looked at before the work is done; it strikes nothing itself.
      server.faults.add({
        fault: { kind: "slow", delayMs: 0 },
        when: ({ key, operation }) => {
          if (!/^(Put|Upload|Complete)/.test(operation)) return false;
          if (RECORDS.test(key)) call("record");
          else if (key.startsWith(DATA_FOLDER)) call("data");
          return false;
        },
      });
      return () => server.faults.clear();
    },
    close: async () => {
      await access.close();
      await server.close();
    },
  };
}

/** The gateway that PG_BRONZE_VERSITYGW names, over a temporary folder whose file system keeps extended attributes. */
async function openVersity(objects: readonly string[]): Promise<Place> {
  const program = process.env["PG_BRONZE_VERSITYGW"];
  if (!program) throw new Error("PG_BRONZE_VERSITYGW names no versitygw (github.com/versity/versitygw)");
  const root = await mkdtemp(join(tmpdir(), "chaos-versity-"));
  const port = await freePort();
  const credentials = { accessKeyId: "CHAOSKEY", secretAccessKey: "chaos-secret" };
  const env = { PATH: process.env["PATH"] ?? "", ROOT_ACCESS_KEY: "CHAOSKEY", ROOT_SECRET_KEY: "chaos-secret" };
  const gateway = spawn(program, ["--port", `127.0.0.1:${port}`, "--quiet", "posix", root], { env, stdio: "ignore" });
  const exited = once(gateway, "exit");
  process.once("exit", () => gateway.kill());
  const access = await s3Access(`http://127.0.0.1:${port}`, credentials);
  for (let tries = 1; ; tries++) {
    try {
      await access.makeBucket();
      break;
    } catch (error) {
      if (tries === 50) throw error;
      await delay(100);
    }
  }
  return {
    ...access,
    name: "versity",
    touchesPerWrite: 1,
    onTouch: await watchFolders(join(root, BUCKET), objects),
    close: async () => {
      await access.close();
      gateway.kill();
      await exited;
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return (address as { port: number }).port;
}
