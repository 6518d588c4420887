import { BronzeError } from "../model/errors.ts";
import type { Duck } from "../read/duckdb.ts";
import { type Fetched, fetchObject } from "../read/fetch.ts";
import { openLocalFile } from "../read/local-file.ts";
import { CHECKS } from "./checks/index.ts";
import { gather, type KeyDefinition } from "./evidence.ts";
import { type CheckResult, type FileReport, fail } from "./report.ts";
import { oneLine } from "./scan.ts";
import type { Subject } from "./targets.ts";

export interface JudgeOptions {
  readonly duck: Duck;
  readonly unique?: boolean | undefined;
  readonly hashkeys?: KeyDefinition | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Judgement {
  readonly checks: readonly CheckResult[];
  readonly rows: number | null;
  readonly bytes: number | null;
}

/**
 * Fetches one file, gathers the evidence and puts every check to it.
 * @throws BronzeError CANCELLED, or what a sink throws that lets nobody in.
 */
export async function judge(subject: Subject, options: JudgeOptions): Promise<FileReport> {
  const started = performance.now();
  const { checks, rows, bytes } = await judgeSubject(subject, options);
  throwIfCancelled(options.signal);
  return {
    file: subject.address,
    manifest: manifestOf(subject),
    verdict: checks.some((check) => check.status === "fail") ? "fail" : "pass",
    rows,
    bytes,
    duration_ms: Math.round(performance.now() - started),
    checks,
  };
}

function manifestOf(subject: Subject): string | null {
  if (subject.kind === "fault") return subject.manifest;
  return subject.landing.state === "landed" ? subject.landing.address : null;
}

async function judgeSubject(subject: Subject, options: JudgeOptions): Promise<Judgement> {
  if (subject.kind === "fault") return unread("landed", subject.message);
  throwIfCancelled(options.signal);
  let fetched: Fetched | null;
  try {
    fetched = await fetchObject(subject.sink, subject.key, options.duck.scratch, options.signal);
  } catch (error) {
    throwIfCancelled(options.signal);
    // One object that can't be read fails alone.
    if (error instanceof BronzeError && error.exitCode === 1) return unread("readable", error.message);
    throw error;
  }
  if (fetched === null) return unread("landed", "the manifest names this object, but it is not there");
  try {
    return await judgeFile(subject, fetched, options);
  } finally {
    await fetched.release();
  }
}

function unread(check: string, message: string): Judgement {
  return { checks: [{ check, ...fail(message) }], rows: null, bytes: null };
}

async function judgeFile(
  subject: Extract<Subject, { kind: "object" }>,
  fetched: Fetched,
  { duck, hashkeys, unique = false, signal }: JudgeOptions,
): Promise<Judgement> {
  const file = await openLocalFile(fetched.path);
  try {
    const evidence = await gather({
      file,
      location: subject.address,
      landing: subject.landing,
      etag: fetched.info.etag,
      sha256: fetched.sha256,
      duck,
      hashkeys: hashkeys ?? null,
      requireUnique: unique,
    });
    const checks: CheckResult[] = [];
    for (const check of CHECKS) {
      throwIfCancelled(signal);
      checks.push(await check.run(evidence).catch((error) => ({ check: check.name, ...fail(oneLine(error)) })));
    }
    return { checks, rows: evidence.content.known ? evidence.content.value.rows : null, bytes: file.bytes };
  } finally {
    await file.close();
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new BronzeError("CANCELLED", "the validation was cancelled", { cause: signal.reason });
}
