import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchTable, plainSelect } from "../tables.ts";
import type { Absent, Contender } from "./contract.ts";

interface Peer {
  readonly name: string;
  readonly script: string;
  readonly about: string;
  /** Prints the versions of what the script needs; fails when something is missing. */
  readonly probe: string;
  readonly install: string;
  readonly args: (table: BenchTable) => readonly string[];
  readonly lastArgs?: readonly string[];
  /** Measured only with --full or by name. */
  readonly extra?: boolean;
}

const DUCKDB = {
  script: "duckdb_peer.py",
  probe: "import duckdb, duckdb_peer; duckdb_peer.load_scanner(duckdb.connect()); print(duckdb.__version__)",
  install: "pip install duckdb==1.5.5 duckdb-extension-postgres-scanner==1.5.5",
  args: (table: BenchTable) => [table.name],
} as const;

const PEERS: readonly Peer[] = [
  { ...DUCKDB, name: "duckdb", about: "DuckDB's postgres scanner, zstd at its default level (3)" },
  { ...DUCKDB, name: "duckdb-zstd1", about: "DuckDB's postgres scanner, zstd 1", lastArgs: ["1"], extra: true },
  {
    name: "connectorx",
    script: "connectorx_peer.py",
    about: "ConnectorX into memory, written by pyarrow, zstd at its default level (1)",
    probe: "import connectorx, pyarrow.parquet; print(connectorx.__version__, pyarrow.__version__)",
    install: "pip install connectorx pyarrow",
    args: (table) => [plainSelect(table)],
  },
  {
    name: "adbc",
    script: "adbc_peer.py",
    about: "ADBC's PostgreSQL driver streaming into pyarrow, zstd at its default level (1)",
    probe:
      "import adbc_driver_postgresql as a, adbc_driver_postgresql.dbapi, pyarrow.parquet, pyarrow; print(a.__version__, pyarrow.__version__)",
    install: "pip install adbc-driver-postgresql pyarrow",
    args: (table) => [plainSelect(table)],
  },
];

const FOLDER = fileURLToPath(new URL("../peers", import.meta.url));

/** The peers that the given Python has, and those that it hasn't. */
export function findPeers(
  python: string,
  table: BenchTable,
  dsn: string,
): { present: Contender[]; extra: Contender[]; absent: Absent[] } {
  const present: Contender[] = [];
  const extra: Contender[] = [];
  const absent: Absent[] = [];
  for (const peer of PEERS) {
    const version = probe(python, peer);
    if (version === null) absent.push({ name: peer.name, reason: `not installed for ${python}: ${peer.install}` });
    else (peer.extra === true ? extra : present).push(contender(peer, version, python, table, dsn));
  }
  return { present, extra, absent };
}

function probe(python: string, peer: Peer): string | null {
  const env = { ...process.env, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: "1" };
  const { status, stdout } = spawnSync(python, ["-c", peer.probe], { encoding: "utf8", env });
  return status === 0 ? stdout.trim() : null;
}

function contender(peer: Peer, version: string, python: string, table: BenchTable, dsn: string): Contender {
  return {
    name: peer.name,
    kind: "peer",
    about: `${peer.about}; version ${version.replace(" ", ", pyarrow ")}`,
    prepare: (folder) => {
      const file = join(folder, `${table.name}.parquet`);
      const argv = [python, join(FOLDER, peer.script), dsn, ...peer.args(table), file, ...(peer.lastArgs ?? [])];
      return { command: { argv }, file };
    },
  };
}

/** Runs pyarrow's rewrite of a file. @returns why it failed; null when it didn't */
export function pyarrowRewrite(python: string, source: string, target: string, level: number): string | null {
  const argv = [join(FOLDER, "pyarrow_rewrite.py"), source, target, "zstd", String(level)];
  const { status, stderr, error } = spawnSync(python, argv, { encoding: "utf8" });
  return status === 0 ? null : (error?.message ?? stderr.trim().split("\n").at(-1) ?? "failed");
}
