import type { Section } from "./section.ts";

/** A promise about a figure. */
export interface Target {
  readonly what: string;
  readonly limit: number;
  /** Null when what it needs was not measured. */
  readonly measured: number | null;
  readonly unit: string;
  /** False when the run was too small for the promise to mean anything. */
  readonly judged: boolean;
}

export function verdictOf({ measured, limit, judged }: Target): "met" | "missed" | "not judged" {
  if (measured === null || !judged) return "not judged";
  return measured <= limit ? "met" : "missed";
}

export function targetSection(targets: readonly Target[]): Section {
  return {
    title: "Targets",
    table: {
      header: ["target", "limit", "measured", "verdict"],
      rows: targets.map((target) => {
        const { what, limit, measured, unit } = target;
        const tell = (value: number): string => `${value.toFixed(unit === "MiB" ? 0 : 2)}${unit === "" ? "" : ` ${unit}`}`;
        return [what, `≤ ${tell(limit)}`, measured === null ? "–" : tell(measured), verdictOf(target)];
      }),
    },
    ...(targets.some((target) => !target.judged)
      ? {
          notes: [
            "Not judged: measured on fewer rows than the target is about, without psql for raw COPY, or not measured at all.",
          ],
        }
      : {}),
  };
}
