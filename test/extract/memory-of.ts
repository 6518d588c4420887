import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CHILD = fileURLToPath(new URL("./memory-child.ts", import.meta.url));

interface Measured {
  readonly dsn: string;
  readonly sinkUrl: string;
  readonly query: string;
  readonly threads: number;
  readonly parallelism?: number;
}

/** Memory of one extract in a process of its own: bytes of its file, the peak before it, and by how many bytes that rose. */
export async function memoryOf(
  extract: Measured,
): Promise<{ readonly bytes: number; readonly base: number; readonly rise: number }> {
  const { dsn, sinkUrl, query, threads, parallelism = 1 } = extract;
  const args = ["--import", "tsx", CHILD, dsn, sinkUrl, query, String(threads), String(parallelism)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}
