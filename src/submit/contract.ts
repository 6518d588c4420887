import type { RegistryEntry, RunnerField } from "../config/registry.ts";
import type { ExtractEvents, ExtractRequest } from "../extract/contract.ts";
import type { RunPlan } from "../ledger/plan.ts";
import type { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { ConfiguredObject } from "../patterns/load.ts";
import type { ShardEnd } from "../run/run-shards.ts";
import type { Submitter } from "../run/submitter.ts";
import type { Sink } from "../sink/sink.ts";
import type { Metrics } from "./metrics.ts";

/**
 * A row of the table of submitters: what has to be known of one before it is loaded. A further one is a folder like those beside this file,
 * and its row in `index.ts`; every command finds it there.
 */
export interface SubmitterSpec {
  /** Stands in the ledger, and after --engine. */
  readonly name: string;
  /** As people know it: AWS Batch. */
  readonly title: string;
  /** What `--engine` with its name does, for help: without capital and full stop. */
  readonly help: string;
  /** Its jobs go on when the process that submitted them has ended. They run on other machines. */
  readonly outlives: boolean;
  /** Fields of the registry's entry without which it can't run an object's jobs. */
  readonly needs: readonly RunnerField[];
  /** The variable in which a job of an array finds its index; null where jobs are told their shards by name. */
  readonly indexVariable: string | null;
  /** A variable that it sets for each of its jobs, by which they know whose they are; null where they needn't. */
  readonly jobVariable: string | null;
  /** Loads the submitter: the one lazy import of a submitter. */
  load(): Promise<SubmitterModule>;
}

export interface SubmitterModule {
  /** Sends nothing yet. @throws BronzeError USAGE, CONFIG_INVALID when it can't run the object's jobs */
  open(access: SubmitAccess, spec: SubmitterSpec): Submitter;
  /** Why it has no machine of this size, as the end of a sentence that begins with the size; null when it has. */
  sizeProblem?(size: JobSize): string | null;
  /** What a run will come to with one job for each shard. */
  estimate?(plan: Pick<RunPlan, "shards" | "sizes">): Estimate;
  /** What jobs came to that landed something, in the figures of {@link estimate}. */
  actual?(jobs: readonly FinishedJob[]): Estimate;
  /** What the logs of its jobs want to find in a line with these figures. */
  metricFacts?(metrics: Metrics): Readonly<Record<string, object>>;
  /** Sends messages to whom the people of a run have chosen; null where they chose nobody. */
  messenger?(env: SubmitAccess["env"]): Messenger | null;
}

export interface Messenger {
  /** @returns the message's id. @throws BronzeError NOTICE_FAILED */
  send(message: Message): Promise<string>;
}

export interface Message {
  readonly subject: string;
  readonly text: string;
  /** By which those who listen may choose. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a submitter may need to run the jobs of an object; it takes what concerns it. */
export interface SubmitAccess extends ConfiguredObject {
  readonly sink: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly options: SubmitOptions;
  /** What this process is asked to extract, for those whose jobs run in it. */
  request(): ExtractRequest;
  /** Whom to tell how this many shards fare, for those whose jobs run here. */
  events(plan: RunPlan, shards: number): RunEvents;
  /** One line of a job's log. */
  log(shard: Shard, line: string): void;
}

/** What a command line says of how jobs run. */
export interface SubmitOptions {
  /** Shards at once on this machine. */
  readonly jobs?: number | undefined;
  readonly maxConnections?: number | undefined;
  /** How often a shard is tried in all. */
  readonly attempts?: number | undefined;
  /** Connections to the source for one shard. */
  readonly parallelism?: number | undefined;
  /** One array of jobs for each size class, or each job by itself. */
  readonly mode?: "array" | "individual" | undefined;
}

export interface RunEvents {
  /** For the extracts of all shards. */
  readonly extract: ExtractEvents;
  settled(shard: Shard, end: ShardEnd): void;
  retried(shard: Shard, attempt: number, error: BronzeError): void;
}

export type JobSize = RegistryEntry["compute"]["sizes"]["small"];

/** A job that landed something. */
export interface FinishedJob {
  readonly size: JobSize;
  /** From the begin of a shard's last attempt to its landing, of all its shards together. */
  readonly seconds: number;
}

export interface Estimate {
  /** For people, without full stop. */
  readonly text: string;
  /** For `--json`; units stand in the names. */
  readonly figures: Readonly<Record<string, number>>;
}
