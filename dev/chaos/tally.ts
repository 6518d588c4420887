import type { Ending } from "./process.ts";

/** What a process said of itself. */
export interface Claimed {
  readonly name: string;
  /** Of its only shard; null for one that said nothing, and for another command. */
  readonly outcome: string | null;
  /** Of the manifest that it said landed. */
  readonly token: string | null;
  /** Code of the error that it ended with. */
  readonly error: string | null;
  /** What no process may say or end with. */
  readonly problem: string | null;
}

/** One round in figures. */
export interface RoundFigures {
  readonly seconds: number;
  readonly endings: readonly Ending[];
  readonly claimed: readonly Claimed[];
  readonly takeovers: number;
  /** How often the key was compared with its record while others landed it. */
  readonly looks: number;
  readonly published: boolean;
}

interface Document {
  readonly error?: { readonly code: string };
  readonly shards?: readonly {
    readonly outcome?: string;
    readonly status?: string;
    readonly manifest?: { readonly token: string };
    readonly error?: { readonly code: string } | null;
  }[];
  readonly publication?: { readonly published: boolean; readonly move: string } | null;
}

/** Reads what a process printed with `--json`. */
export function claimedOf({ name, code, stdout, stderr }: Ending): Claimed {
  const nothing: Claimed = { name, outcome: null, token: null, error: null, problem: null };
  if (code === null) return nothing;
  const isFault = /"event":"bug"|A fault of pg-bronze/.test(stderr + stdout);
  // A publication may come before there is anything to publish.
  const isEarly = name.startsWith("publish") && stderr.includes("has no run in");
  const isWrong = isFault || (![0, 1].includes(code) && !isEarly);
  const problem = isWrong ? `${name} ended with exit code ${code}: ${stderr.trim().slice(-1_000)}` : null;
  const document = parse(stdout);
  if (document === null) return { ...nothing, problem: problem ?? `${name} printed no JSON: ${stdout.slice(0, 300)}` };
  const [shard] = document.shards ?? [];
  const { publication } = document;
  const refused = publication != null && !publication.published ? `not published: ${publication.move}` : null;
  return {
    name,
    outcome: shard?.outcome ?? shard?.status ?? null,
    token: shard?.outcome === "landed" ? (shard.manifest?.token ?? null) : null,
    error: document.error?.code ?? shard?.error?.code ?? refused,
    problem,
  };
}

function parse(stdout: string): Document | null {
  try {
    return JSON.parse(stdout) as Document;
  } catch {
    return null;
  }
}

/** All rounds in figures. */
export interface Tally {
  rounds: number;
  failed: number;
  processes: number;
  kills: number;
  stops: number;
  stopsOverLease: number;
  takeovers: number;
  landed: number;
  superseded: number;
  published: number;
  looks: number;
  seconds: number;
  /** Failures that processes told, by code. */
  readonly errors: Record<string, number>;
}

export function newTally(): Tally {
  const zero = { rounds: 0, failed: 0, processes: 0, kills: 0, stops: 0, stopsOverLease: 0, takeovers: 0, landed: 0 };
  return { ...zero, superseded: 0, published: 0, looks: 0, seconds: 0, errors: {} };
}

export function addRound(tally: Tally, figures: RoundFigures, isFailed: boolean, leaseMs: number): void {
  const { endings, claimed } = figures;
  const deeds = endings.flatMap((ending) => ending.deeds.map(({ what }) => what));
  const stops = deeds.flatMap((what) => /^SIGSTOP for (\d+) ms/.exec(what)?.[1] ?? []);
  tally.rounds++;
  tally.failed += isFailed ? 1 : 0;
  tally.processes += endings.length;
  tally.kills += deeds.filter((what) => what === "SIGKILL").length;
  tally.stops += stops.length;
  tally.stopsOverLease += stops.filter((ms) => Number(ms) > leaseMs).length;
  tally.takeovers += figures.takeovers;
  tally.landed += claimed.filter(({ outcome }) => outcome === "landed").length;
  tally.superseded += claimed.filter(({ outcome }) => outcome === "superseded").length;
  tally.published += figures.published ? 1 : 0;
  tally.looks += figures.looks;
  tally.seconds += figures.seconds;
  for (const { error } of claimed) if (error !== null) tally.errors[error] = (tally.errors[error] ?? 0) + 1;
}

/** `12 rounds, none failed: …` @param seconds that they took together; rounds of several lanes overlap */
export function tallyText(tally: Tally, seconds: number): string {
  const { rounds, failed, processes, kills, stops, stopsOverLease, takeovers, landed, superseded, published, looks } = tally;
  const errors = Object.entries(tally.errors).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${rounds} rounds, ${failed === 0 ? "none" : failed} failed, in ${Math.round(seconds)} s, a round in ${(tally.seconds / rounds).toFixed(1)} s`,
    `${processes} processes: ${kills} SIGKILL, ${stops} SIGSTOP, of them ${stopsOverLease} for longer than the lease`,
    `${landed} landed, ${superseded} superseded, ${takeovers} takeovers seen, ${published} published`,
    `${looks} looks at a key while others landed it`,
    `told failures: ${errors.map(([code, count]) => `${count} ${code}`).join(", ") || "none"}`,
  ].join("\n");
}
