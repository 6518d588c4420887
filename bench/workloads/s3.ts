import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { type Bench, targetVariant, type WorkloadResult } from "../bench.ts";
import { landingOf, ours, type S3Place } from "../contenders/ours.ts";
import { processTimes } from "../measure/procfs.ts";
import { mebibytes, ratio, seconds } from "../report/format.ts";
import type { Section } from "../report/section.ts";
import { runRounds, type Series } from "../rounds.ts";
import { ratiosTo, type Summary, summarise } from "../summary.ts";

interface S3Result {
  readonly table: string;
  readonly summaries: readonly Summary[];
  /** S3 to file. */
  readonly clientWall: number | null;
  readonly clientCpu: number | null;
  /** Of the S3 server, for each extract, in ms: it checks every byte, on the same cores. */
  readonly storeCpuMs: number | null;
  /** Whether the object's bytes are the file's. */
  readonly same: boolean;
}

/** The same extract into a folder and into S3: what is left between them is the upload. */
export async function s3Workload(bench: Bench): Promise<WorkloadResult> {
  const store = await startStore();
  try {
    const results: S3Result[] = [];
    for (const table of bench.tables) {
      const landing = landingOf(table, bench.dsn);
      const variant = targetVariant(table);
      const contenders = [ours(landing, variant, "ours-file"), ours({ ...landing, s3: store.place }, variant, "ours-s3")];
      const folder = join(bench.folder, `s3-${table.name}`);
      mkdirSync(folder);
      const before = store.cpuMs();
      const { options, serverCpu, say } = bench;
      const series = await runRounds(contenders, { rounds: options.rounds, folder, serverCpu, say });
      const after = store.cpuMs();
      const ratios = ratiosTo(series[1]!, series[0]!);
      results.push({
        table: table.name,
        summaries: summarise(series, new Map()),
        clientWall: ratios.wall,
        clientCpu: ratios.clientCpu,
        storeCpuMs: before === null || after === null ? null : (after - before) / options.rounds,
        same: await isSame(series, table.name, store),
      });
    }
    const ok = results.every(({ summaries, same }) => same && summaries.every(({ failure }) => failure === null));
    return { workload: "s3", sections: results.map(section), targets: [], data: results, ok };
  } finally {
    await store.stop();
  }
}

async function isSame([file]: readonly Series[], table: string, store: Store): Promise<boolean> {
  const object = (await store.objects()).find(({ key }) => key.startsWith(`${table}_`));
  const path = file?.keptFile;
  if (object === undefined || path === null || path === undefined) return false;
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex") === object.sha256;
}

interface Store {
  readonly place: S3Place;
  cpuMs(): number | null;
  objects(): Promise<{ key: string; bytes: number; sha256: string }[]>;
  stop(): Promise<void>;
}

async function startStore(): Promise<Store> {
  const script = fileURLToPath(new URL("../s3-server.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the S3 test server ended by itself");
    return JSON.parse(value) as T;
  };
  const { endpoint, accessKeyId, secretAccessKey } = await ask<{
    endpoint: string;
    accessKeyId: string;
    secretAccessKey: string;
  }>();
  return {
    place: {
      url: "s3://bronze",
      section: { endpoint, path_style: true, region: "us-east-2" },
      env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_EC2_METADATA_DISABLED: "true" },
    },
    cpuMs: () => processTimes(child.pid!)?.ownMs ?? null,
    objects: () => {
      child.stdin.write("\n");
      return ask();
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.stdin?.end();
  await exited;
}

function section({ table, summaries, clientWall, clientCpu, storeCpuMs, same }: S3Result): Section {
  return {
    title: `${table}: into S3 and into a folder`,
    table: {
      header: ["median (minimum)", "wall s", "client CPU s", "server CPU s", "peak RSS MiB"],
      rows: summaries.map(({ name, wallMs, clientCpuMs, serverCpuMs, peakRssBytes }) => [
        name,
        `${seconds(wallMs.median)} (${seconds(wallMs.minimum)})`,
        `${seconds(clientCpuMs.median)} (${seconds(clientCpuMs.minimum)})`,
        seconds(serverCpuMs.median),
        mebibytes(peakRssBytes),
      ]),
    },
    notes: [
      `S3 to folder: wall ${ratio(clientWall)}, client CPU ${ratio(clientCpu)}`,
      `the S3 test server, which checks signatures and checksums of all bytes on the same cores, took ${seconds(storeCpuMs)} CPU-s for each extract`,
      `the object's bytes are ${same ? "" : "NOT "}the file's`,
      ...summaries.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: FAILED: ${failure}`])),
    ],
  };
}
