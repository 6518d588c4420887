"""The rows of a Parquet file, written again by pyarrow: pyarrow_rewrite.py IN.parquet OUT.parquet CODEC [ZSTD_LEVEL]
pip install pyarrow"""
import sys
import pyarrow.parquet as pq

source, out, codec = sys.argv[1:4]
level = int(sys.argv[4]) if len(sys.argv) > 4 else None
pq.write_table(pq.read_table(source), out, compression=codec, compression_level=level)
