import type { Profile } from "../../src/pgtypes/contract.ts";

/** One column of the table that has them all. Values are given as the text that PostgreSQL reads. */
export interface EveryTypeColumn {
  readonly name: string;
  /** The type as DDL has it. */
  readonly type: string;
  /** Values that land in both profiles under the policy `error`. */
  readonly edges: readonly string[];
  /** Values that have no counterpart in the profiles named. */
  readonly unrepresentable: readonly { readonly value: string; readonly profiles: readonly Profile[] }[];
}
