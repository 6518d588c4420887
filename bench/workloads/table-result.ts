import type { Absent } from "../contenders/contract.ts";
import type { Summary } from "../summary.ts";

/** What the contenders made of one table. */
export interface TableResult {
  readonly table: string;
  readonly rows: number;
  readonly columns: number;
  /** False: it was there before, and was used as it was found. */
  readonly madeHere: boolean;
  /** Of the COPY stream. */
  readonly wireBytes: number;
  readonly summaries: readonly Summary[];
  readonly absent: readonly Absent[];
  /** Ours that differ only in threads but not to the byte: none, one hopes. */
  readonly differingFiles: readonly string[];
}
