import { count, mebibytes, megabytes, ratio, seconds } from "../report/format.ts";
import type { Section } from "../report/section.ts";
import type { Summary } from "../summary.ts";
import type { TableResult } from "./table-result.ts";

export function extractSections(result: TableResult): Section[] {
  const { table, rows, columns, wireBytes } = result;
  const size = `${count(rows)} rows, ${columns} columns, ${megabytes(wireBytes)} MB of COPY BINARY`;
  return [figures(result, `${table}: ${size}`), peerRatios(result)].filter((section) => section !== null);
}

function figures({ summaries, absent, differingFiles, rows, madeHere }: TableResult, title: string): Section {
  return {
    title,
    table: {
      header: [
        "median (minimum)",
        "wall s",
        "client CPU s",
        "server CPU s",
        "peak RSS MiB",
        "file MB",
        "wall to raw",
        "CPU to raw",
        "same as source",
      ],
      rows: summaries.filter(({ failure }) => failure === null).map((summary) => figureRow(summary, rows)),
    },
    notes: [
      ...(madeHere ? [] : ["The table was there before, and was used as it was found."]),
      ...summaries.map(({ name, about, failure }) => `${name}: ${about}${failure === null ? "" : `; FAILED: ${failure}`}`),
      ...summaries.flatMap((summary) => differenceNotes(summary, rows)),
      ...differingFiles.map((name) => `${name}: NOT the same bytes as with other threads`),
      ...absent.map(({ name, reason }) => `${name}: not measured, ${reason}`),
    ],
  };
}

function figureRow(summary: Summary, rows: number): string[] {
  const { name, wallMs, clientCpuMs, serverCpuMs, peakRssBytes, fileBytes, ratios, verdict } = summary;
  const raw = ratios["raw-copy"];
  const both = ({ median, minimum }: Summary["wallMs"]): string =>
    median === null ? "–" : `${seconds(median)} (${seconds(minimum)})`;
  const same = verdict === null ? "–" : verdict.rows === rows && verdict.differences.length === 0 ? "yes" : "no";
  return [
    name,
    ...[both(wallMs), both(clientCpuMs), both(serverCpuMs), mebibytes(peakRssBytes), megabytes(fileBytes)],
    ...[ratio(raw?.wall ?? null), ratio(raw?.cpu ?? null), same],
  ];
}

function differenceNotes({ name, verdict }: Summary, rows: number): string[] {
  if (verdict === null) return [];
  const notes = verdict.rows === rows ? [] : [`${name}: ${verdict.rows} rows instead of ${rows}`];
  if (verdict.differences.length > 0) {
    notes.push(
      `${name} differs from the source: ${verdict.differences.map(({ column, what }) => `${column} (${what})`).join("; ")}`,
    );
  }
  return notes;
}

/** Null when no peer was measured. */
function peerRatios({ table, summaries }: TableResult): Section | null {
  const peers = summaries.filter(({ kind, failure }) => kind === "peer" && failure === null);
  const mine = summaries.filter(({ kind, failure }) => kind === "ours" && failure === null);
  if (peers.length === 0 || mine.length === 0) return null;
  return {
    title: `${table}: pg-bronze to each peer`,
    before: ["Wall · CPU of client and server; below 1 pg-bronze needs less."],
    table: {
      header: ["", ...peers.map(({ name }) => name)],
      rows: mine.map(({ name, ratios }) => [
        name,
        ...peers.map((peer) => `${ratio(ratios[peer.name]?.wall ?? null)} · ${ratio(ratios[peer.name]?.cpu ?? null)}`),
      ]),
    },
  };
}
