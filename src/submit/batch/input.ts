import type { KeyValuePair, SubmitJobCommandInput } from "@aws-sdk/client-batch";
import { type RegistryEntry, requireField } from "../../config/registry.ts";
import type { RunPlan } from "../../ledger/plan.ts";
import { digest } from "../../ledger/run-id.ts";
import type { Submission } from "../../ledger/submissions.ts";
import { BronzeError } from "../../model/errors.ts";
import { jobEnvironment } from "../../run/submitter.ts";
import { EVALUATE_ON_EXIT } from "./evaluate-on-exit.ts";
import { fargateProblem } from "./fargate.ts";

/** AWS Batch's limits: children of an array, characters of a job's name. */
const MAX_CHILDREN = 10_000;
const MAX_NAME = 128;

/** `array`: one array of jobs for each size class. `individual`: each job by itself. */
export type BatchMode = "array" | "individual";

/** The registry's entry, as far as it concerns Batch. */
export interface BatchTarget {
  readonly batch_queue: string;
  readonly batch_job_definition: string;
  readonly compute: RegistryEntry["compute"];
}

/** @throws BronzeError CONFIG_INVALID for an entry without queue or job definition, or with a size that Fargate doesn't sell */
export function batchTarget(object: string, entry: RegistryEntry): BatchTarget {
  requireSizes(object, entry.compute);
  const required = (field: "batch_queue" | "batch_job_definition") => requireField(object, entry, field, "AWS Batch");
  return {
    batch_queue: required("batch_queue"),
    batch_job_definition: required("batch_job_definition"),
    compute: entry.compute,
  };
}

function requireSizes(object: string, { sizes }: RegistryEntry["compute"]): void {
  for (const [name, { vcpu, memory_mib }] of Object.entries(sizes)) {
    const problem = fargateProblem(vcpu, memory_mib);
    if (problem === null) continue;
    const key = `compute.sizes.${name}`;
    const message = `config/registry.yaml: objects.${object}.${key}: ${memory_mib} MiB with ${vcpu} vCPU ${problem}`;
    throw new BronzeError("CONFIG_INVALID", message, { context: { object, key } });
  }
}

/** One SubmitJob, and which jobs of which group it starts. */
export interface BatchJob {
  readonly sizeClass: string;
  /** Index of its first job in the submission's group. */
  readonly firstJob: number;
  readonly input: SubmitJobCommandInput & { readonly jobName: string; readonly jobQueue: string };
}

/**
 * What all jobs of a submission are called, before size class and index. It follows from the submission, so whoever lost an answer can ask
 * for it; the digest keeps runs of one name in different sinks apart. Batch: at most 128 of `[A-Za-z0-9_-]`.
 */
export function jobNamePrefix(plan: RunPlan, { number }: Pick<Submission, "number">): string {
  const tag = digest({ sink: plan.sink, object: plan.object, run: plan.run, number }).slice(0, 8);
  const name = `${plan.object}-${plan.run}`.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, MAX_NAME - 40);
  return `${name}-${number}-${tag}-`;
}

/** The SubmitJob inputs of a submission. Pure. @throws BronzeError USAGE for too many jobs for an array */
export function batchJobs(plan: RunPlan, submission: Submission, target: BatchTarget, mode: BatchMode): BatchJob[] {
  const prefix = jobNamePrefix(plan, submission);
  return submission.groups.flatMap(({ size_class, jobs }): BatchJob[] => {
    const common = { plan, submission, target, sizeClass: size_class };
    // An array has at least two children.
    if (mode === "individual" || jobs.length === 1) {
      return jobs.map((_, i) => {
        // Its place, not its shards: ECS takes 8,192 characters of overrides. Names that begin with AWS_BATCH are Batch's own.
        const environment = { PG_BRONZE_SHARD_INDEX: String(i) };
        const name = `${prefix}${size_class}-${String(i).padStart(5, "0")}`;
        return { sizeClass: size_class, firstJob: i, input: jobInput({ ...common, name, environment }) };
      });
    }
    if (jobs.length > MAX_CHILDREN) throw tooMany(jobs.length, size_class);
    const input = jobInput({ ...common, name: `${prefix}${size_class}`, environment: {} });
    return [{ sizeClass: size_class, firstJob: 0, input: { ...input, arrayProperties: { size: jobs.length } } }];
  });
}

/** The mode in which somebody began a submission, as far as the names of its jobs tell; null where they don't. */
export function begunMode({ groups }: Submission, names: readonly string[]): BatchMode | null {
  for (const { size_class, jobs } of groups) {
    if (jobs.length === 1) continue;
    if (names.some((name) => name.endsWith(`-${size_class}`))) return "array";
    if (names.some((name) => name.includes(`-${size_class}-`))) return "individual";
  }
  return null;
}

function tooMany(jobs: number, sizeClass: string): BronzeError {
  return new BronzeError("USAGE", `${jobs} ${sizeClass} jobs are more than an array of AWS Batch holds (${MAX_CHILDREN})`, {
    hint: "Let small shards share a job: --pack 10.",
  });
}

interface JobFacts {
  readonly plan: RunPlan;
  readonly submission: Submission;
  readonly target: BatchTarget;
  readonly sizeClass: string;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

function jobInput({ plan, submission, target, sizeClass, name, environment }: JobFacts): BatchJob["input"] {
  const size = plan.sizes[sizeClass];
  if (size === undefined) {
    throw new BronzeError("LEDGER_CORRUPT", `The plan of ${plan.run} has no size class ${sizeClass}`, {
      context: { run: plan.run },
    });
  }
  const { batch_queue, batch_job_definition, compute } = target;
  return {
    jobName: name,
    jobQueue: batch_queue,
    jobDefinition: batch_job_definition,
    containerOverrides: {
      environment: pairs({ ...jobEnvironment(plan, submission, sizeClass), ...environment }),
      resourceRequirements: [
        { type: "VCPU", value: String(size.vcpu) },
        { type: "MEMORY", value: String(size.memory_mib) },
      ],
    },
    retryStrategy: { attempts: compute.attempts, evaluateOnExit: [...EVALUATE_ON_EXIT] },
    timeout: { attemptDurationSeconds: compute.timeout_minutes * 60 },
  };
}

function pairs(environment: Readonly<Record<string, string>>): KeyValuePair[] {
  return Object.entries(environment).map(([name, value]) => ({ name, value }));
}
