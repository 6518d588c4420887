"""DuckDB's postgres scanner: duckdb_peer.py DSN TABLE OUT.parquet [ZSTD_LEVEL]   (without a level: DuckDB's own default)
pip install duckdb==1.5.5 duckdb-extension-postgres-scanner==1.5.5"""
import importlib.util
import pathlib
import sys
import duckdb


def load_scanner(con):
    """From the PyPI package where it is installed, so that nothing is downloaded; else from DuckDB's own repository."""
    package = importlib.util.find_spec("duckdb_extension_postgres_scanner")
    if package is None:
        con.execute("INSTALL postgres_scanner")
        con.execute("LOAD postgres_scanner")
    else:
        file = next(pathlib.Path(package.origin).parent.glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension"))
        con.execute(f"LOAD '{file}'")


if __name__ == "__main__":
    dsn, table, out = sys.argv[1:4]
    level = f", COMPRESSION_LEVEL {int(sys.argv[4])}" if len(sys.argv) > 4 else ""
    con = duckdb.connect()
    load_scanner(con)
    con.execute(f"ATTACH '{dsn}' AS pg (TYPE postgres, READ_ONLY)")
    con.execute(f"COPY (SELECT * FROM pg.public.{table}) TO '{out}' (FORMAT parquet, COMPRESSION zstd{level})")
