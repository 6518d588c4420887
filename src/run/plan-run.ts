import type { ObjectConfig } from "../config/object-config.ts";
import type { RegistryEntry } from "../config/registry.ts";
import type { ExtractOverrides, ExtractRequest, PlannedColumn } from "../extract/contract.ts";
import { landingOptions } from "../extract/options.ts";
import { type SourceAccess, sourceAccess, withLookup } from "../extract/shard-source.ts";
import { type Reading, type Surveyed, surveyShards } from "../extract/survey.ts";
import { pinFieldIds } from "../extract/table-plan/field-ids.ts";
import { driftError, schemaDiff } from "../extract/table-plan/pinned-schema.ts";
import { LEDGER_VERSION, shardError } from "../ledger/fields.ts";
import { lastLanded } from "../ledger/last-landed.ts";
import { type Ledger, openLedger, type Registered, readLedger, registerPlan } from "../ledger/ledger.ts";
import type { Column } from "../ledger/manifest.ts";
import { createPlan, type PlannedShard, type RunPlan, readPlan, toPlannedShard } from "../ledger/plan.ts";
import { digest, runId } from "../ledger/run-id.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import { patternOf } from "../patterns/index.ts";
import type { RejectedShard, ShardPlan } from "../plan/contract.ts";
import { normalSelection } from "../plan/select.ts";
import { isRefreshed } from "../plan/since-refresh.ts";
import { type SizeLimits, sizeClass, totalSize } from "../plan/size.ts";
import type { Sink } from "../sink/sink.ts";

export interface RunPlanRequest {
  /** What an extract of all shards together would be asked; its `dryRun` writes no plan. */
  readonly extract: ExtractRequest;
  readonly sinceRefresh: boolean;
  /** Of the registry's entry, or its defaults for a config outside the registry. */
  readonly compute: Pick<RegistryEntry["compute"], "sizes"> & SizeLimits;
  readonly sink: Sink;
  /** What jobs for these shards would take and cost, by submitter. */
  readonly estimates?: (plan: Pick<RunPlan, "shards" | "sizes">) => NonNullable<RunPlan["estimates"]>;
  /** Makes the run one of its own, though others ask for the same: see `runId`. */
  readonly occasion?: string | undefined;
  readonly reading?: Reading | undefined;
}

export interface MadePlan {
  readonly plan: RunPlan;
  /** False where the run had a plan already. */
  readonly created: boolean;
  /** Rows of the lookup that could not become a shard, with their values; none where the run had a plan already. */
  readonly rejected: readonly RejectedShard[];
  /** What would land, but not as one may think; each once, of whichever shards it is said. */
  readonly warnings: readonly string[];
}

/**
 * Plans a run and writes the plan to the ledger. A run that has a plan keeps it, whatever the source says by now: the same request goes
 * on where it ended. Nothing but the lookup and the catalog is read.
 * @throws BronzeError SHARD_UNKNOWN when the selection matches nothing, USAGE when a run of this name was planned for something else.
 */
export async function makeRunPlan(request: RunPlanRequest): Promise<MadePlan> {
  const { extract, sink } = request;
  const identity = identityOf(request);
  const { overrides: _, ...named } = identity;
  const run = extract.run ?? runId(named);
  const existing = await readPlan(sink, identity.object, run);
  if (existing !== null) return { plan: samePlan(existing, identity), created: false, rejected: [], warnings: [] };
  const { plan, ...told } = await surveyRun(request, run, identity);
  if (extract.dryRun) return { plan, created: true, ...told };
  const { plan: held, created } = await createPlan(sink, plan);
  return { plan: created ? held : samePlan(held, identity), created, ...told };
}

/** The shards that a request asks for. @throws BronzeError SHARD_UNKNOWN when it asks for what the lookup doesn't have */
function planShardsOf({ config, selection, snapshotDt }: ExtractRequest, access: SourceAccess): Promise<ShardPlan> {
  return withLookup("plan", access, (lookup) => patternOf(config).plan({ config, selection, snapshotDt, lookup }));
}

function identityOf({ extract, sinceRefresh, sink, occasion }: RunPlanRequest) {
  const { config, selection, snapshotDt } = extract;
  const overrides = planOverrides(extract.overrides);
  return {
    object: config.object,
    snapshotDt,
    selection: normalSelection(selection),
    sinceRefresh,
    sinkUrl: sink.url,
    configDigest: configDigest(config, overrides),
    occasion,
    overrides,
  };
}

/** Of the config with what the command line says differently. */
export function configDigest(config: ObjectConfig, overrides: RunPlan["overrides"]): string {
  return digest(Object.keys(overrides).length === 0 ? config : { config, overrides });
}

type Identity = ReturnType<typeof identityOf>;

/** @throws BronzeError USAGE */
function samePlan(plan: RunPlan, { configDigest, snapshotDt, selection, sinceRefresh }: Identity): RunPlan {
  const differs =
    plan.config_digest !== configDigest
      ? "with another config or other flags"
      : plan.snapshot_dt !== snapshotDt
        ? `for ${plan.snapshot_dt}`
        : digest([plan.selection, plan.since_refresh]) !== digest([selection, sinceRefresh])
          ? "for other shards"
          : null;
  if (differs === null) return plan;
  throw new BronzeError("USAGE", `Run ${plan.run} was planned ${differs}`, {
    hint: "Take another name for --run, or leave it out: a name is then made from what is asked for.",
    context: { run: plan.run },
  });
}

async function surveyRun(request: RunPlanRequest, run: RunId, identity: Identity): Promise<Omit<MadePlan, "created">> {
  const { extract, compute, sink, reading } = request;
  const { sizes } = compute;
  const { config, overrides } = extract;
  const access = sourceAccess(extract);
  if (patternOf(config).isSharded) reading?.(`the lookup of ${config.object}`);
  const { shards: asked, rejected } = await planShardsOf(extract, access);
  const chosen = request.sinceRefresh ? await refreshed(sink, config.object, asked) : asked;
  const surveyed = await surveyShards(chosen, landingOptions(config, overrides), access, reading);
  // What is refused leaves no trace: the ledger begins with the first plan.
  if (!extract.dryRun) await openLedger(sink, config.object);
  const { columns, plannedAt } = await register(sink, config.object, pinnedColumns(surveyed), extract.dryRun);
  const sized = surveyed.map((one) => plannedShard(one, columns, compute));
  const plan: RunPlan = {
    version: LEDGER_VERSION,
    object: config.object,
    run,
    snapshot_dt: extract.snapshotDt,
    sink: sink.url,
    config_digest: identity.configDigest,
    fingerprint: fingerprintOf(identity.configDigest, columns),
    overrides: identity.overrides,
    selection: identity.selection,
    since_refresh: identity.sinceRefresh,
    sizes,
    columns,
    shards: sized,
    rejected: rejected.map(({ label, error }) => ({ label, error: shardError(error).message })),
    estimate: totalSize(sized.map(({ estimated_rows: rows, estimated_bytes }) => ({ rows, bytes: estimated_bytes }))),
    ...(request.estimates === undefined ? {} : { estimates: request.estimates({ shards: sized, sizes }) }),
    replace: extract.replace,
    planned_at: plannedAt.toISOString(),
    tool: `pg-bronze ${VERSION}`,
  };
  return { plan, rejected, warnings: [...new Set(surveyed.flatMap(({ warnings }) => warnings))] };
}

/** A run's columns keep the field ids that the object's runs before gave them. A dry run shows them, and gives none. */
async function register(sink: Sink, object: string, columns: PlannedColumn[] | null, dryRun: boolean): Promise<Registered> {
  const pin = columns === null ? null : (before: Ledger) => pinFieldIds(columns, before);
  if (!dryRun) return registerPlan(sink, object, pin);
  return { columns: pin?.(await readLedger(sink, object)).columns ?? null, plannedAt: await sink.now() };
}

/** What all files of a snapshot have in common; the order of columns counts for nothing. */
function fingerprintOf(config: string, columns: readonly Column[] | null): string {
  return digest([config, columns === null ? null : columns.map(({ name, type }) => [name, type]).sort()]).slice(0, 16);
}

async function refreshed(sink: Sink, object: string, shards: readonly Shard[]): Promise<Shard[]> {
  const landed = await lastLanded(sink, object, shards);
  return shards.filter(({ id, values }) => isRefreshed(values["last_refresh"], landed.get(id) ?? null));
}

function plannedShard(
  { shard, rows, bytes, columns }: Surveyed,
  pinned: PlannedColumn[] | null,
  limits: SizeLimits,
): PlannedShard {
  const estimatedRows = shard.estimatedRows ?? rows;
  const drift = columns instanceof BronzeError || pinned === null ? null : driftError(schemaDiff(pinned, columns));
  const problem = columns instanceof BronzeError ? columns : drift;
  return toPlannedShard(
    { ...shard, estimatedRows },
    {
      estimated_bytes: bytes,
      size_class: sizeClass({ rows: estimatedRows, bytes }, limits),
      problem: problem === null ? null : shardError(problem),
    },
  );
}

/** The schema that most tables have; of several that as many have, the first one's. Null when no table could be described. */
function pinnedColumns(surveyed: readonly Surveyed[]): PlannedColumn[] | null {
  const votes = new Map<string, { columns: readonly PlannedColumn[]; count: number }>();
  for (const { columns } of surveyed) {
    if (columns instanceof BronzeError) continue;
    const kind = JSON.stringify(columns.map(({ name, type }) => `${name} ${type}`).sort());
    const vote = votes.get(kind) ?? { columns, count: 0 };
    votes.set(kind, { ...vote, count: vote.count + 1 });
  }
  const [most] = [...votes.values()].sort((a, b) => b.count - a.count);
  return most === undefined ? null : [...most.columns];
}

/** What changes a file's content or layout, for the plan; threads and connections are each process's own affair. */
function planOverrides(overrides: ExtractOverrides): RunPlan["overrides"] {
  const { profile, transport, compression, compressionLevel, rowGroupBytes } = overrides;
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(transport === undefined ? {} : { transport }),
    ...(compression === undefined ? {} : { compression }),
    ...(compressionLevel === undefined ? {} : { compression_level: compressionLevel }),
    ...(rowGroupBytes === undefined ? {} : { row_group_bytes: rowGroupBytes }),
  };
}

/** The same as an extract takes them. */
export function extractOverrides({ overrides }: RunPlan): ExtractOverrides {
  const { profile, transport, compression, compression_level, row_group_bytes } = overrides;
  return { profile, transport, compression, compressionLevel: compression_level, rowGroupBytes: row_group_bytes };
}
