import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { requireField } from "../../config/registry.ts";
import { thisProcess } from "../../ledger/actor.ts";
import { claimKey, readLanding } from "../../ledger/claims.ts";
import { shardError } from "../../ledger/fields.ts";
import type { ShardManifest } from "../../ledger/manifest.ts";
import type { RunPlan } from "../../ledger/plan.ts";
import { BronzeError, type ErrorCode } from "../../model/errors.ts";
import type { Shard } from "../../model/shard.ts";
import type { ClaimedOutcome } from "../../run/land-claimed.ts";
import { runShards } from "../../run/run-shards.ts";
import { jobEnvironment, type Submitter, type Work } from "../../run/submitter.ts";
import type { Sink } from "../../sink/sink.ts";
import type { SubmitAccess, SubmitterSpec } from "../contract.ts";
import { pacing, submittedShards, submitterHere } from "../here.ts";
import { registered } from "../registered.ts";

/** A container for each shard, by `docker compose run`: the image and settings of production, on this machine. */
export function open(access: SubmitAccess, spec: SubmitterSpec): Submitter {
  const entry = registered(spec, access);
  const service = requireField(access.config.object, entry, "compose_service", spec.title);
  return submitterHere(spec.name, (work) => land(work, service, access));
}

async function land(work: Work, service: string, access: SubmitAccess): Promise<void> {
  const shards = submittedShards(work.plan, work.submission);
  const pace = pacing(access, access.events(work.plan, shards.length));
  const container = { ...work, service, sink: access.sink, log: access.log };
  await runShards(shards, { ...pace, signal: work.signal, land: (shard) => landInContainer(shard, container) });
}

interface Container extends Work, Pick<SubmitAccess, "sink" | "log"> {
  /** In docker-compose.yml of the working directory. */
  readonly service: string;
}

/** How the shard ended stands in the ledger; the container's exit code only tells of one that never got there. */
async function landInContainer(shard: Shard, container: Container): Promise<ClaimedOutcome> {
  const { plan, signal, sink } = container;
  const before = await landedBy(sink, plan, shard);
  if (before !== null) return { outcome: "landed", manifest: before, fresh: false };
  const { code, lastLine } = await runContainer(shard, container);
  signal.throwIfAborted();
  const after = await landedBy(sink, plan, shard);
  if (after !== null) return { outcome: "landed", manifest: after, fresh: true };
  const ended = (await readLanding(sink, plan.object, shard.key))?.value.ended ?? null;
  if (ended?.outcome === "failed" && ended.run === plan.run && ended.error !== null) {
    const { code: errorCode, message, hint, retryable } = ended.error;
    const error = new BronzeError(errorCode as ErrorCode, message, { retryable, ...(hint === null ? {} : { hint }) });
    return { outcome: "failed", error };
  }
  const error = new BronzeError("SHARD_FAILED", `The container ended with ${code}: ${lastLine}`, {
    hint: "Does the service of docker-compose.yml reach the source and the sink?",
    context: { shard: shard.id, exit_code: typeof code === "number" ? code : null },
    // 125–127: docker itself failed, or found nothing to run.
    retryable: typeof code === "number" && code !== 2 && code < 125,
  });
  const claimed = await claimKey(sink, { ...plan, shard: shard.id, key: shard.key }, thisProcess());
  if (claimed.outcome === "held" || claimed.outcome === "superseded") return claimed;
  if (claimed.outcome === "claimed") await claimed.claim.fail(shardError(error));
  return { outcome: "failed", error };
}

/** What the run landed for a shard; null when it hasn't. */
async function landedBy(sink: Sink, plan: RunPlan, shard: Shard): Promise<ShardManifest | null> {
  const manifest = (await readLanding(sink, plan.object, shard.key))?.value.manifest ?? null;
  return manifest?.run === plan.run ? manifest : null;
}

async function runContainer(shard: Shard, { plan, submission, signal, service, log }: Container) {
  const sizeClass = plan.shards.find(({ id }) => id === shard.id)?.size_class ?? "";
  const variables = { ...jobEnvironment(plan, submission, sizeClass), SHARD: shard.id };
  const settings = Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const child = spawn("docker", ["compose", "run", "--rm", "-T", ...settings, service], {
    stdio: ["ignore", "ignore", "pipe"],
    // Ctrl-C reaches this process alone, which then asks the container to stop.
    detached: true,
  });
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  let lastLine = "";
  // From here to the wait for `close` nothing may be awaited: a container that ends at once would end unseen.
  const lines = createInterface({ input: child.stderr });
  lines.on("line", (line) => {
    lastLine = line;
    log(shard, line);
  });
  try {
    const [code, killedBy] = (await once(child, "close")) as [number | null, string | null];
    return { code: code ?? killedBy ?? "nothing", lastLine };
  } catch (cause) {
    throw new BronzeError("USAGE", `docker can't be started: ${(cause as Error).message}`, {
      hint: "Install Docker with the compose plugin, or leave out --engine docker.",
      cause,
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
