import { count, table } from "../../render/format.ts";

/** One run, as `--json` prints it. */
export interface RunLine {
  readonly run: string;
  readonly snapshot_dt: string | null;
  readonly planned_at: string | null;
  readonly planned: number | null;
  readonly landed: number;
  readonly published: boolean;
  readonly cancelled: boolean;
}

export async function runsText(runs: readonly RunLine[]): Promise<string> {
  const cells = runs.map(({ run, planned, landed, planned_at, published, cancelled }) => [
    run,
    `${count(landed)}${planned === null ? "" : ` of ${count(planned)}`} landed`,
    planned_at ?? "its plan is gone",
    published ? "published" : cancelled ? "cancelled" : "",
  ]);
  return `${await table(cells, [1])}\n`;
}
