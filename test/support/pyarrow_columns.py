"""Prints a Parquet file's columns as JSON, read by pyarrow: pyarrow_columns.py FILE"""
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def number(value):
    return {"float": "NaN" if value != value else "Infinity" if value == float("inf") else "-Infinity" if value == float("-inf") else repr(value)}


def values(array):
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return values(array.storage)
    if pa.types.is_list(kind) or pa.types.is_map(kind):
        child = values(array.values) if pa.types.is_list(kind) else list(map(list, zip(values(array.keys), values(array.items))))
        offsets = array.offsets.to_pylist()
        return [child[offsets[i] : offsets[i + 1]] if array[i].is_valid else None for i in range(len(array))]
    if pa.types.is_struct(kind):
        fields = [values(array.field(i)) for i in range(kind.num_fields)]
        names = [kind.field(i).name for i in range(kind.num_fields)]
        return [{"struct": {n: f[i] for n, f in zip(names, fields)}} if array[i].is_valid else None for i in range(len(array))]
    if pa.types.is_date32(kind):
        return array.view(pa.int32()).to_pylist()
    if pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
        return [None if v is None else {"int": str(v)} for v in array.view(pa.int64()).to_pylist()]
    plain = array.to_pylist()
    if pa.types.is_decimal(kind):
        return [None if v is None else {"int": str(int(v.scaleb(kind.scale, context)))} for v in plain]
    if pa.types.is_int64(kind):
        return [None if v is None else {"int": str(v)} for v in plain]
    if pa.types.is_floating(kind):
        return [None if v is None else number(v) for v in plain]
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if v is None else v.hex() for v in plain]
    return plain


import decimal

context = decimal.Context(prec=80)
table = pq.read_table(sys.argv[1]).combine_chunks()
table = table.take(pa.compute.sort_indices(table, sort_keys=[(table.column_names[0], "ascending")]))
columns = {}
for name in table.column_names:
    chunks = table.column(name).chunks
    columns[name] = [value for chunk in chunks for value in values(chunk)]
json.dump(columns, sys.stdout)
