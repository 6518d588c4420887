/** One part of the work on a table's wire bytes; `pass` does it once for all of them. */
export interface Stage {
  readonly name: string;
  readonly pass: () => void;
  /** Values that are looked at; null where that means nothing. */
  readonly values: number | null;
}
