import { readPublished } from "../../src/ledger/current.ts";
import { readDocument } from "../../src/ledger/document.ts";
import { LandingSchema } from "../../src/ledger/landing.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import type { Receipt } from "../../src/ledger/receipts.ts";
import { openSink } from "../../src/sink/open.ts";
import type { Sink } from "../../src/sink/sink.ts";
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
export async function showProofs(story: Teller, { sinkUrl, ...landed }: LandedRun): Promise<void> {
  const sink = await openSink(sinkUrl);
  try {
    await showRun(story, sink, landed);
  } finally {
    await sink.close();
  }
}

async function showRun(story: Teller, sink: Sink, { run, started, isOwnSource }: Omit<LandedRun, "sinkUrl">): Promise<void> {
  const landed = await landedSince(sink, started);
  const own = landed.filter((receipt) => receipt.run === run).sort((one, other) => (one.shard < other.shard ? -1 : 1));
  if (own.length === 0) throw new Error(`run ${run} landed nothing in ${sink.url}`);
  story.say(`in ${sink.url}`);
  for (const receipt of own) {
    const manifest = (await readDocument(sink, receipt.landing, LandingSchema))?.manifest ?? null;
    if (manifest?.run !== run) throw new Error(`${receipt.landing} doesn't vouch for what run ${run} landed`);
    showManifest(story, manifest);
  }
  const total = (of: "rows" | "bytes") => own.reduce((sum, receipt) => sum + receipt[of], 0);
  story.say();
  story.say(
    `${own.length} objects, ${count(total("rows"))} rows, ${megabytes(total("bytes"))}, each read back and equal to its manifest`,
  );
  for (const earlier of landed) {
    const again = own.find(({ landing }) => earlier.run !== run && landing === earlier.landing);
    if (again !== undefined) compareBytes(story, earlier, again, isOwnSource);
  }
  for (const object of new Set(own.map(({ object }) => object))) await showCurrent(story, sink, object);
}

function showManifest(story: Teller, { files, rows, bytes, columns, source, started_at, finished_at }: ShardManifest): void {
  const elapsedMs = Date.parse(finished_at) - Date.parse(started_at);
  const [file] = files;
  story.say();
  story.say(bold(file!.key));
  story.say(
    `${count(rows).padStart(8)} rows   ${count(columns.length).padStart(3)} columns   ${megabytes(bytes).padStart(8)}   ${seconds(elapsedMs)}`,
  );
  story.say(
    dim(
      `proof: PostgreSQL's ${source.transport.toUpperCase()} counted ${count(rows)} rows, and the file holds as many; sha256 ${file!.sha256}`,
    ),
  );
}

function compareBytes(story: Teller, first: Receipt, second: Receipt, mustBeSame: boolean): void {
  const [one, other] = [first, second].map(({ files }) => files.map(({ sha256 }) => sha256).join(" "));
  const isSame = one === other;
  if (!isSame && mustBeSame) throw new Error(`${first.shard} landed twice, and the bytes differ: ${one}, ${other}`);
  story.say(`${second.shard} landed twice, alone and in the run: ${isSame ? "the same bytes" : "its table changed in between"}`);
}

/** Names another run where the sink held a newer or larger snapshot before the demo began. */
async function showCurrent(story: Teller, sink: Sink, object: string): Promise<void> {
  const current = await readPublished(sink, object);
  if (current === null) throw new Error(`no current.json of ${object} in ${sink.url}`);
  story.say(
    `${object}'s current.json points to run ${current.run}: ${count(current.landed)} landed, ${count(current.rows)} rows`,
  );
}
