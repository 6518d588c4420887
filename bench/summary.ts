import type { Sample, Series } from "./rounds.ts";
import { known, median, medianRatio, minimum } from "./statistics.ts";
import type { Verdict } from "./verify/actual.ts";

/** What the rounds of one contender come to. Times in ms. */
export interface Summary {
  readonly name: string;
  readonly kind: "raw" | "ours" | "peer";
  readonly about: string;
  readonly failure: string | null;
  readonly wallMs: Spread;
  readonly clientCpuMs: Spread;
  readonly serverCpuMs: Spread;
  /** The largest of all rounds. */
  readonly peakRssBytes: number | null;
  readonly fileBytes: number | null;
  readonly rows: number | null;
  /** To raw COPY, and to each peer by name: medians of the ratios within rounds. */
  readonly ratios: Readonly<Record<string, Ratios>>;
  readonly verdict: Verdict | null;
  readonly samples: readonly (Sample | null)[];
}

interface Spread {
  readonly median: number | null;
  readonly minimum: number | null;
}

export interface Ratios {
  readonly wall: number | null;
  /** Client and server together; null when the server's time is not known. */
  readonly cpu: number | null;
  readonly clientCpu: number | null;
}

/** @param verdicts of the files, by contender */
export function summarise(series: readonly Series[], verdicts: ReadonlyMap<string, Verdict>): Summary[] {
  const bases = series.filter(({ contender }) => contender.kind !== "ours");
  return series.map((one) => {
    const { contender, samples, failure } = one;
    const peaks = known(column(one, (sample) => sample.peakRssBytes));
    return {
      name: contender.name,
      kind: contender.kind,
      about: contender.about,
      failure,
      wallMs: spread(column(one, (sample) => sample.wallMs)),
      clientCpuMs: spread(column(one, (sample) => sample.clientCpuMs)),
      serverCpuMs: spread(column(one, (sample) => sample.serverCpuMs)),
      peakRssBytes: peaks.length === 0 ? null : Math.max(...peaks),
      fileBytes: median(known(column(one, (sample) => sample.fileBytes))),
      rows: samples.find((sample) => sample !== null)?.rows ?? null,
      ratios: Object.fromEntries(bases.map((base) => [base.contender.name, ratiosTo(one, base)])),
      verdict: verdicts.get(contender.name) ?? null,
      samples,
    };
  });
}

export function ratiosTo(series: Pick<Series, "samples">, base: Pick<Series, "samples">): Ratios {
  const of = (value: (sample: Sample) => number | null): number | null => medianRatio(column(series, value), column(base, value));
  return { wall: of((sample) => sample.wallMs), cpu: of(totalCpuMs), clientCpu: of((sample) => sample.clientCpuMs) };
}

function totalCpuMs({ clientCpuMs, serverCpuMs }: Sample): number | null {
  return serverCpuMs === null ? null : clientCpuMs + serverCpuMs;
}

function column({ samples }: Pick<Series, "samples">, value: (sample: Sample) => number | null): (number | null)[] {
  return samples.map((sample) => (sample === null ? null : value(sample)));
}

function spread(values: readonly (number | null)[]): Spread {
  return { median: median(known(values)), minimum: minimum(known(values)) };
}
