"""Writes src/parquet/geo/projjson.tsv.br and projjson-esri.tsv.br: the PROJJSON of every EPSG and Esri coordinate reference system, one a line.

    pip install pyproj==3.7.2 brotli==1.2.0
    python dev/make-projjson.py

A line is the authority's code, a tab, and the PROJJSON without what doesn't define the system (scope, area, remarks); the first
line names the dataset. Each stripped definition is checked to be the same system as the whole one.
"""

import json
import pathlib

import brotli
import pyproj
from pyproj.database import query_crs_info
from pyproj.enums import PJType

DESCRIPTIVE = {"scope", "area", "bbox", "usages", "remarks"}
KINDS = [
    PJType.PROJECTED_CRS,
    PJType.GEOGRAPHIC_2D_CRS,
    PJType.GEOGRAPHIC_3D_CRS,
    PJType.GEOCENTRIC_CRS,
    PJType.COMPOUND_CRS,
]
FOLDER = pathlib.Path(__file__).parent.parent / "src/parquet/geo"
TARGETS = {"EPSG": "projjson.tsv.br", "ESRI": "projjson-esri.tsv.br"}


def strip(node):
    if isinstance(node, dict):
        return {key: strip(value) for key, value in node.items() if key not in DESCRIPTIVE}
    if isinstance(node, list):
        return [strip(value) for value in node]
    return node


def line_of(authority, code):
    crs = pyproj.CRS.from_authority(authority, code)
    text = json.dumps(strip(crs.to_json_dict()), separators=(",", ":"), ensure_ascii=False)
    assert pyproj.CRS.from_json(text).equals(crs), f"{authority}:{code} is another system when stripped"
    return f"{code}\t{text}"


for authority, name in TARGETS.items():
    infos = query_crs_info(auth_name=authority, pj_types=KINDS, allow_deprecated=True)
    codes = sorted({int(info.code) for info in infos})
    version = pyproj.database.get_database_metadata(f"{authority}.VERSION")
    head = f"# {authority} dataset {version}, PROJ {pyproj.proj_version_str}"
    text = "\n".join([head, *(line_of(authority, code) for code in codes)]) + "\n"
    target = FOLDER / name
    target.write_bytes(brotli.compress(text.encode(), quality=11, lgwin=24))
    print(f"{len(codes)} systems, {len(text)} characters, {target.stat().st_size} bytes: {head}")
