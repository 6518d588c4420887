import type { ObjectConfig } from "../config/object-config.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import type { Lookup, ShardRead } from "../patterns/contract.ts";
import type { Source } from "../source/contract.ts";
import { type ConnectionTarget, resolveDsn } from "../source/dsn.ts";
import { type RestartPolicy, withRestarts } from "../source/restarts.ts";
import { openSource } from "../source/source.ts";
import type { ExtractRequest } from "./contract.ts";
import type { LandingOptions } from "./options.ts";
import type { Attempt, Session } from "./session.ts";

/** What it takes to connect. */
export interface SourceAccess {
  readonly config: Pick<ObjectConfig, "object" | "source">;
  readonly target: ConnectionTarget;
  readonly signal: AbortSignal;
}

/** @throws BronzeError DSN_MISSING, DSN_INVALID */
export function sourceAccess({ config, env, dsn, signal }: ExtractRequest): SourceAccess {
  return { config, target: resolveDsn(env, config.source.dsn_env, dsn ?? undefined), signal };
}

/** A connection for one purpose, which the server's activity view shows. */
export function openJobSource(purpose: string, { config, target, signal }: SourceAccess): Promise<Source> {
  const { object, source } = config;
  return openSource({
    dsn: target,
    applicationName: `pg-bronze/${VERSION} ${object}/${purpose}`,
    connectTimeoutMs: source.connect_timeout_ms,
    statementTimeoutMs: source.statement_timeout_ms,
    lockTimeoutMs: source.lock_timeout_ms,
    idleInTransactionTimeoutMs: source.idle_in_transaction_timeout_ms,
    signal,
  });
}

/** How often and how patiently the config has the source tried again. */
export function restartPolicy({ retry }: ObjectConfig["source"], signal: AbortSignal): RestartPolicy {
  return { attempts: retry.attempts, minDelayMs: retry.min_delay_ms, maxDelayMs: retry.max_delay_ms, signal };
}

/** A connection that reads a shard. */
export function openShardSource(
  shard: Shard,
  { config }: Pick<LandingOptions, "config">,
  { target }: Pick<Session, "target">,
  { signal }: Pick<Attempt, "signal">,
): Promise<Source> {
  return openJobSource(shard.id, { config, target, signal });
}

/**
 * Lends out a way to ask the source, which connects with the first question. Connection faults begin the work again from the start, and
 * a source that is down is waited for.
 */
export function withLookup<T>(purpose: string, job: SourceAccess, work: (lookup: Lookup) => Promise<T>): Promise<T> {
  return withRestarts(restartPolicy(job.config.source, job.signal), () => lookupOnce(purpose, job, work));
}

async function lookupOnce<T>(purpose: string, job: SourceAccess, work: (lookup: Lookup) => Promise<T>): Promise<T> {
  let source: Promise<Source> | null = null;
  const connected = (): Promise<Source> => {
    source ??= openJobSource(purpose, job);
    return source;
  };
  try {
    return await work(async (select) => (await connected()).lookup(select));
  } finally {
    await (source as Promise<Source> | null)?.then(
      (opened) => opened.close(),
      () => {}, // the question itself told why
    );
  }
}

/** How the shard is read, by its config's pattern. */
export function shardRead(shard: Shard, { config, pattern }: Pick<LandingOptions, "config" | "pattern">): ShardRead {
  return pattern.read(shard, config);
}
