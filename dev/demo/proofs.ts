import { readCurrent } from "../../src/ledger/current.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { openSink } from "../../src/sink/open.ts";
import { landedSince } from "./landed.ts";
import { bold, count, dim, megabytes, type Story, seconds } from "./story.ts";

type Teller = Pick<Story, "say">;

export interface LandedRun {
  readonly sinkUrl: string;
  readonly run: string;
  readonly started: Date;
  /** Nobody else writes to such a source, so that landing a county twice must give the same bytes. */
  readonly isOwnSource: boolean;
}

/** Shows what a run landed and what proves it. @throws Error when a proof doesn't hold. */
export async function showProofs(story: Teller, { sinkUrl, run, started, isOwnSource }: LandedRun): Promise<void> {
  const landed = await landedSince(sinkUrl, started);
  const manifests = landed.filter((manifest) => manifest.run === run).sort((one, other) => (one.key < other.key ? -1 : 1));
  if (manifests.length === 0) throw new Error(`no manifest of run ${run} in ${sinkUrl}`);
  story.say(`in ${sinkUrl}`);
  for (const manifest of manifests) showManifest(story, manifest);
  const total = (of: "rows" | "bytes") => manifests.reduce((sum, manifest) => sum + manifest[of], 0);
  story.say();
  story.say(
    `${manifests.length} objects, ${count(total("rows"))} rows, ${megabytes(total("bytes"))}, each read back and equal to its manifest`,
  );
  for (const manifest of landed) {
    const again = manifests.find(({ key }) => manifest.run !== run && key === manifest.key);
    if (again !== undefined) compareBytes(story, manifest, again, isOwnSource);
  }
  for (const object of new Set(manifests.map(({ object }) => object))) await showCurrent(story, sinkUrl, object);
}

function showManifest(
  story: Teller,
  { key, rows, bytes, columns, source, sha256, started_at, finished_at }: ShardManifest,
): void {
  const elapsedMs = Date.parse(finished_at) - Date.parse(started_at);
  story.say();
  story.say(bold(key));
  story.say(
    `${count(rows).padStart(8)} rows   ${count(columns.length).padStart(3)} columns   ${megabytes(bytes).padStart(8)}   ${seconds(elapsedMs)}`,
  );
  story.say(
    dim(
      `proof: PostgreSQL's ${source.transport.toUpperCase()} counted ${count(rows)} rows, and the file holds as many; sha256 ${sha256}`,
    ),
  );
}

function compareBytes(story: Teller, first: ShardManifest, second: ShardManifest, mustBeSame: boolean): void {
  const isSame = first.sha256 === second.sha256;
  if (!isSame && mustBeSame)
    throw new Error(`${first.key} landed twice, and the bytes differ: ${first.sha256}, ${second.sha256}`);
  story.say(`${second.shard} landed twice, alone and in the run: ${isSame ? "the same bytes" : "its table changed in between"}`);
}

/** Names another run where the sink held a newer or larger snapshot before the demo began. */
async function showCurrent(story: Teller, sinkUrl: string, object: string): Promise<void> {
  const sink = await openSink(sinkUrl);
  try {
    const current = await readCurrent(sink, object);
    if (current === null) throw new Error(`no current.json of ${object} in ${sinkUrl}`);
    story.say(
      `${object}'s current.json points to run ${current.run}: ${count(current.landed)} landed, ${count(current.rows)} rows`,
    );
  } finally {
    await sink.close();
  }
}
