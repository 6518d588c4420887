import type { ObjectConfig } from "../config/object-config.ts";
import type { RegistryEntry } from "../config/registry.ts";
import type { ExtractOverrides, ExtractRequest, PlannedColumn } from "../extract/contract.ts";
import { landingOptions } from "../extract/options.ts";
import { sourceAccess } from "../extract/shard-source.ts";
import { type Surveyed, surveyShards } from "../extract/survey.ts";
import { driftError, schemaDiff } from "../extract/table-plan/pinned-schema.ts";
import { lastLanded } from "../ledger/last-landed.ts";
import { LEDGER_VERSION } from "../ledger/manifest.ts";
import { createPlan, type PlannedShard, type RunPlan, readPlan, toPlannedShard } from "../ledger/plan.ts";
import { digest, runId } from "../ledger/run-id.ts";
import { shardError } from "../ledger/summary.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import { estimateRun } from "../plan/estimate.ts";
import { normalSelection } from "../plan/select.ts";
import { isRefreshed } from "../plan/since-refresh.ts";
import { type SizeLimits, sizeClass } from "../plan/size.ts";
import type { Sink } from "../sink/sink.ts";
import { planShardsOf } from "./extract.ts";

export interface RunPlanRequest {
  /** What an extract of all shards together would be asked; its `dryRun` writes no plan. */
  readonly extract: ExtractRequest;
  readonly sinceRefresh: boolean;
  /** Of the registry's entry, or its defaults for a config outside the registry. */
  readonly compute: Pick<RegistryEntry["compute"], "sizes"> & SizeLimits;
  readonly sink: Sink;
}

/**
 * Plans a run and writes the plan to the ledger. A run that has a plan keeps it, whatever the source says by now: the same request goes
 * on where it ended. Nothing but the lookup and the catalog is read.
 * @throws BronzeError SHARD_UNKNOWN when the selection matches nothing, USAGE when a run of this name was planned for something else.
 */
export async function makeRunPlan(request: RunPlanRequest): Promise<{ plan: RunPlan; created: boolean }> {
  const { extract, sink } = request;
  const identity = identityOf(request);
  const run = extract.run ?? runId(identity);
  const existing = await readPlan(sink, identity.object, run);
  if (existing !== null) return { plan: samePlan(existing, identity), created: false };
  const plan = await surveyRun(request, run, identity);
  if (extract.dryRun) return { plan, created: true };
  const { plan: held, created } = await createPlan(sink, plan);
  return { plan: created ? held : samePlan(held, identity), created };
}

function identityOf({ extract, sinceRefresh, sink }: RunPlanRequest) {
  const { config, selection, snapshotDt } = extract;
  const overrides = planOverrides(extract.overrides);
  return {
    object: config.object,
    snapshotDt,
    selection: normalSelection(selection),
    sinceRefresh,
    sinkUrl: sink.url,
    configDigest: configDigest(config, overrides),
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

async function surveyRun(request: RunPlanRequest, run: RunId, identity: Identity): Promise<RunPlan> {
  const { extract, compute, sink } = request;
  const { sizes } = compute;
  const { config, overrides } = extract;
  const access = sourceAccess(extract);
  const { shards: asked, rejected } = await planShardsOf(extract, access);
  const chosen = request.sinceRefresh ? await refreshed(sink, config.object, asked) : asked;
  const surveyed = await surveyShards(chosen, landingOptions(config, overrides), access);
  const columns = pinnedColumns(surveyed);
  const sized = surveyed.map((one) => plannedShard(one, columns, compute));
  return {
    version: LEDGER_VERSION,
    object: config.object,
    run,
    snapshot_dt: extract.snapshotDt,
    sink: sink.url,
    config_digest: identity.configDigest,
    overrides: identity.overrides,
    selection: identity.selection,
    since_refresh: identity.sinceRefresh,
    sizes,
    columns,
    shards: sized,
    rejected: rejected.map(({ label, error }) => ({ label, error: shardError(error).message })),
    estimate: estimateRun(
      sized.map(({ estimated_rows, estimated_bytes, size_class }) => {
        const { vcpu, memory_mib } = sizes[size_class as keyof typeof sizes];
        return { rows: estimated_rows, bytes: estimated_bytes, vcpu, memoryMib: memory_mib };
      }),
    ),
    created_at: new Date().toISOString(),
    tool: `pg-bronze ${VERSION}`,
  };
}

async function refreshed(sink: Sink, object: string, shards: readonly Shard[]): Promise<Shard[]> {
  const landed = await lastLanded(
    sink,
    object,
    shards.map(({ id }) => id),
  );
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
