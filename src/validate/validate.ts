import { availableParallelism } from "node:os";
import { BronzeError } from "../model/errors.ts";
import { type Duck, openDuck } from "../read/duckdb.ts";
import { openSink } from "../sink/open.ts";
import type { Sink } from "../sink/sink.ts";
import type { KeyDefinition } from "./evidence.ts";
import { judge } from "./judge.ts";
import { type FileReport, REPORT_VERSION, summarize, type ValidationReport } from "./report.ts";
import { fromLedger, fromTarget, openPlaces, type Subject } from "./targets.ts";

export interface ValidateOptions {
  /** Opens a sink by its URL, where credentials, an endpoint or a region have to be told. */
  readonly openSink?: ((url: string) => Promise<Sink>) | undefined;
  /** Where relative targets and `object` are looked for: `s3://bucket/prefix` or `file:///folder`. */
  readonly sink?: string | undefined;
  /** Also everything that the ledger of `sink` says has landed for this object: by default in its latest run. */
  readonly object?: string | undefined;
  readonly run?: string | undefined;
  readonly extractDate?: string | undefined;
  /** Files judged at once. Default 1: DuckDB reads one file on all cores. */
  readonly parallel?: number | undefined;
  /** Begin no further file once one has failed. */
  readonly stopOnError?: boolean | undefined;
  /** Rows that share a source key fail the file instead of being remarked on. */
  readonly unique?: boolean | undefined;
  /** The columns of the two keys, for files without a manifest. */
  readonly hashkeys?: KeyDefinition | undefined;
  /** What DuckDB may hold in memory before it spills to `temporaryFolder`. Default 1 GiB. */
  readonly memoryBytes?: number | undefined;
  /** DuckDB's threads, all files together. Default: the number of cores. */
  readonly threads?: number | undefined;
  readonly temporaryFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as each file is done, in the order of finishing. */
  readonly onFile?: ((file: FileReport, done: number, total: number) => void) | undefined;
}

const DEFAULT_MEMORY_BYTES = 1 << 30;

/**
 * Proves what landed: reads every value of every file back and compares it with the footer, the manifest, the hash keys and the
 * GeoParquet metadata. A file that fails is in the report; nothing is thrown for it.
 * @throws BronzeError USAGE when a target names nothing, CANCELLED when `signal` aborts, and what the sink throws.
 */
export async function validate(targets: readonly string[], options: ValidateOptions = {}): Promise<ValidationReport> {
  const startedAt = new Date();
  const places = openPlaces(options.openSink ?? openSink);
  try {
    const subjects = await resolveSubjects(targets, options, places);
    const duck = await openDuck({
      memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY_BYTES,
      threads: options.threads ?? availableParallelism(),
      temporaryFolder: options.temporaryFolder,
    });
    const interrupt = () => duck.interrupt();
    options.signal?.addEventListener("abort", interrupt);
    try {
      const files = await judgeAll(subjects, duck, options);
      return {
        version: REPORT_VERSION,
        started_at: startedAt.toISOString(),
        finished_at: new Date().toISOString(),
        files,
        summary: summarize(files, subjects.length - files.length),
      };
    } finally {
      options.signal?.removeEventListener("abort", interrupt);
      await duck.close();
    }
  } finally {
    await places.close();
  }
}

async function resolveSubjects(
  targets: readonly string[],
  options: ValidateOptions,
  places: ReturnType<typeof openPlaces>,
): Promise<Subject[]> {
  const sink = options.sink === undefined ? null : await places.sinkAt(options.sink);
  const subjects: Subject[] = [];
  if (options.object !== undefined) {
    if (sink === null)
      throw new BronzeError("USAGE", "an object is looked up in a sink's ledger", { hint: "Name the sink: --sink s3://bucket" });
    subjects.push(
      ...(await fromLedger(sink, places, { object: options.object, run: options.run, extractDate: options.extractDate })),
    );
  }
  for (const target of targets) subjects.push(...(await fromTarget(target, sink, places)));
  if (subjects.length === 0)
    throw new BronzeError("USAGE", "nothing to validate", { hint: "Name files, folders, prefixes or --object." });
  const byAddress = new Map<string, Subject>();
  for (const subject of subjects) if (!byAddress.has(subject.address)) byAddress.set(subject.address, subject);
  return [...byAddress.values()];
}

async function judgeAll(subjects: readonly Subject[], duck: Duck, options: ValidateOptions): Promise<FileReport[]> {
  const reports: (FileReport | undefined)[] = subjects.map(() => undefined);
  let next = 0;
  let done = 0;
  let stopped = false;
  const work = async (): Promise<void> => {
    while (next < subjects.length && !stopped) {
      const index = next++;
      const report = await judge(subjects[index]!, { ...options, duck }).catch((error) => {
        stopped = true;
        throw error;
      });
      reports[index] = report;
      if (report.verdict === "fail" && options.stopOnError === true) stopped = true;
      options.onFile?.(report, ++done, subjects.length);
    }
  };
  const workers = Array.from({ length: Math.min(options.parallel ?? 1, subjects.length) }, work);
  const failed = (await Promise.allSettled(workers)).find((worker) => worker.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return reports.filter((report) => report !== undefined);
}
