import { parseArgs } from "node:util";

const WORKLOADS = ["extract", "small", "memory", "s3", "files"] as const;
export type Workload = (typeof WORKLOADS)[number];

export interface BenchOptions {
  /** Server to use; null starts one. Tables of ours are made in this very database. */
  readonly dsn: string | null;
  /** Of lineitem: 6,000,000 rows each. */
  readonly scale: number;
  readonly parcels: number;
  readonly rounds: number;
  readonly tables: readonly TableName[];
  readonly workloads: readonly Workload[];
  /** All of codecs × threads × hash keys, not the defaults alone. */
  readonly full: boolean;
  /** Names of contenders, or beginnings of names; empty: no choice. */
  readonly only: readonly string[];
  /** Interpreter that has the peers' packages. */
  readonly python: string;
  readonly json: boolean;
  /** Markdown file for the results; null: none. */
  readonly out: string | null;
  /** Where outputs lie while they are measured; null: a temporary folder. */
  readonly folder: string | null;
}

const TABLE_NAMES = ["lineitem", "tx_parcel"] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export const HELP = `npm run bench -- [options]

Measures pg-bronze as a whole process against COPY read and thrown away, and against the peers that are installed: in turn, in rotated
order, round by round. Everything else on the machine should be quiet.

What
  (none)                 the extract workload
  --small                a 1,000-row table from process start to published object, and extract --help
  --memory               peak RSS on one and on ten times the rows, and with a 200 MB value
  --s3                   the same extract into the S3 test server and into a folder
  --files                size and DuckDB's reading time of our file and of pyarrow's rewrite of it
  --extract              the extract workload, beside one of the above
  --all                  all of them
  --tables <names>       lineitem,tx_parcel (default: both)
  --scale <n>            lineitem in units of 6,000,000 rows (default: 1)
  --parcels <n>          rows of tx_parcel (default: 500000)
  --rounds <n>           default: 5
  --full                 codecs × threads × hash keys, instead of the defaults
  --only <names>         contenders by name or beginning of a name, such as raw,ours-zstd1,duckdb

With what
  --dsn <url>            server to use (default: one is started). A table that is there already is used as it is found.
  --python <path>        interpreter that has the peers' packages (default: python3)
  --folder <path>        where outputs lie while they are measured (default: a temporary folder)

Output
  --json                 one JSON document on stdout
  --out <file>           results and conditions as Markdown
`;

/** What whoever ran it can put right: told without a stack, exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): BenchOptions | "help" {
  const values = rawOptions(args);
  if (values.help === true) return "help";
  const chosen = WORKLOADS.filter((name) => values.all === true || values[name] === true);
  return {
    dsn: values.dsn ?? null,
    scale: number("scale", values.scale ?? "1"),
    parcels: whole("parcels", values.parcels ?? "500000"),
    rounds: whole("rounds", values.rounds ?? "5"),
    tables: values.tables === undefined ? TABLE_NAMES : list(values.tables).map(tableName),
    workloads: chosen.length === 0 ? ["extract"] : chosen,
    full: values.full === true,
    only: values.only === undefined ? [] : list(values.only),
    python: values.python ?? "python3",
    json: values.json === true,
    out: values.out ?? null,
    folder: values.folder ?? null,
  };
}

function rawOptions(args: readonly string[]) {
  const text = { type: "string" } as const;
  const truth = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{
          dsn: text,
          scale: text,
          parcels: text,
          rounds: text,
          tables: text,
          only: text,
          python: text,
          folder: text,
          out: text,
        },
        ...{ extract: truth, small: truth, memory: truth, s3: truth, files: truth, all: truth, full: truth, json: truth },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function tableName(name: string): TableName {
  const found = TABLE_NAMES.find((known) => known === name);
  if (found === undefined) throw new UsageError(`--tables: ${name} is none of ${TABLE_NAMES.join(", ")}`);
  return found;
}

function number(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`--${flag}: ${text} is not a number above 0`);
  return value;
}

function whole(flag: string, text: string): number {
  const value = number(flag, text);
  if (!Number.isInteger(value)) throw new UsageError(`--${flag}: ${text} is not a whole number`);
  return value;
}
