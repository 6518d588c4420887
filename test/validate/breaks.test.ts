import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { parquetMetadata } from "hyparquet";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import type { FileReport } from "../../src/validate/report.ts";
import {
  type Change,
  checksOf,
  FIELDS,
  keysOf,
  metadataOf,
  OUR_METADATA,
  optional,
  parcels,
  type RawThrift,
  type Row,
  type Sandbox,
  sandbox,
  square,
} from "./landed-file.ts";

/** The column chunk of a leaf in a row group, and its statistics, as Thrift's fields. */
function chunk(footer: RawThrift, group: number, leaf: string): RawThrift {
  const name = (column: RawThrift) => column.field_3.field_3.map((part: Uint8Array) => Buffer.from(part).toString()).join(".");
  return footer.field_4[group].field_1.find((column: RawThrift) => name(column) === leaf).field_3;
}

const stats = (footer: RawThrift, group: number, leaf: string): RawThrift => chunk(footer, group, leaf).field_12;
const int32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const double = (value: number) => Buffer.from(Float64Array.of(value).buffer);
const text = (value: string) => new Uint8Array(Buffer.from(value));

function withRow(index: number, change: (row: Row) => Row): readonly Row[] {
  return parcels(2500).map((row, i) => (i === index ? { ...row, ...change(row) } : row));
}

function messageOf(report: FileReport, check: string): string {
  return report.checks.find((result) => result.check === check)?.message ?? "";
}

/** Where the first page of a top-level column begins. */
function placeOf(file: Buffer, name: string): number {
  const { row_groups } = parquetMetadata(new Uint8Array(file), { geoparquet: false });
  const column = row_groups[0]!.columns.find((chunk) => chunk.meta_data?.path_in_schema[0] === name)!;
  return Number(column.meta_data!.dictionary_page_offset ?? column.meta_data!.data_page_offset);
}

function flip(file: Buffer, offset: number): Buffer {
  const changed = Buffer.from(file);
  changed[offset] = changed[offset]! ^ 1;
  return changed;
}

interface Case {
  readonly change: Change;
  /** Checks that must fail, and no others. */
  readonly fails: readonly string[];
  /** Part of the first failed check's message. */
  readonly says: RegExp;
}

const geoColumn = (change: (column: RawThrift) => void): Change => ({ geo: (geo) => change(geo.columns.wkb_geometry) });

const CASES: Readonly<Record<string, Case>> = {
  "a manifest that says one row more": {
    change: { manifest: (manifest) => manifest.files[0].rows++ },
    fails: ["manifest-rows"],
    says: /2500 rows, the manifest says 2501/,
  },
  "a manifest that says another number of row groups": {
    change: { manifest: (manifest) => manifest.files[0].row_groups-- },
    fails: ["manifest-row-groups"],
    says: /3 row groups, the manifest says 2/,
  },
  "a manifest that says another size": {
    change: { manifest: (manifest) => manifest.files[0].bytes++ },
    fails: ["size"],
    says: /bytes, the manifest says/,
  },
  "a manifest of another content": {
    change: { manifest: (manifest) => (manifest.files[0].sha256 = "0".repeat(64)) },
    fails: ["sha256"],
    says: /the manifest says 0000/,
  },
  "a column of another type than the manifest's": {
    change: { manifest: (manifest) => (manifest.columns[7].parquet = "INT64 DECIMAL(18,2)") },
    fails: ["manifest-columns"],
    says: /"saleprice" is FIXED_LEN_BYTE_ARRAY\(9\) DECIMAL\(20,2\), the manifest says INT64 DECIMAL\(18,2\)/,
  },
  "columns in another order than the manifest's": {
    change: { manifest: (manifest) => manifest.columns.splice(4, 2, manifest.columns[5], manifest.columns[4]) },
    fails: ["manifest-columns"],
    says: /column 5 is "owner", the manifest says "yearbuilt"/,
  },
  "a column that the manifest doesn't know": {
    change: { manifest: (manifest) => manifest.columns.pop() },
    fails: ["manifest-columns"],
    says: /14 columns, the manifest says 13/,
  },
  "a manifest with another null count": {
    change: { manifest: (manifest) => manifest.files[0].columns[4].nulls++ },
    fails: ["manifest-nulls"],
    says: /"owner" has 834 nulls, the manifest says 835/,
  },
  "a row total in the footer that its row groups don't add up to": {
    change: { footer: (footer) => (footer.field_3 = 2499n) },
    fails: ["row-count"],
    says: /2499 rows, its row groups 2500/,
  },
  "a row group that claims one row less than its pages hold": {
    change: {
      footer: (footer) => {
        footer.field_4[2].field_3 = 499n;
        footer.field_3 = 2499n;
      },
    },
    fails: ["pages", "null-counts", "statistics", "column-index", "manifest-rows", "manifest-nulls"],
    says: /500 values in a row group of 499 rows/,
  },
  "a chunk that claims more values than its pages hold": {
    change: { footer: (footer) => (chunk(footer, 1, "geoid").field_5 = 1001n) },
    fails: ["pages", "null-counts"],
    says: /the pages hold 1000 values, the footer says 1001/,
  },
  "a null count in the footer that is off by one": {
    change: { footer: (footer) => (stats(footer, 1, "owner").field_3 += 1n) },
    fails: ["null-counts"],
    says: /row group 1, column owner: 333 nulls, the footer says 334/,
  },
  "a null count of a list's elements that is off by one": {
    change: { footer: (footer) => (stats(footer, 0, "tags.list.element").field_3 -= 1n) },
    fails: ["null-counts"],
    says: /column tags\.list\.element/,
  },
  "a null count of zero where there are nulls": {
    change: { footer: (footer) => (stats(footer, 0, "saledate").field_3 = 0n) },
    fails: ["null-counts"],
    says: /column saledate: 167 nulls, the footer says 0/,
  },
  "a minimum above a value": {
    change: { footer: (footer) => (stats(footer, 0, "yearbuilt").field_6 = int32(0)) },
    fails: ["statistics"],
    says: /row group 0, column yearbuilt: min is 0 in the footer, but -98 occurs/,
  },
  "a maximum below a value": {
    change: { footer: (footer) => (stats(footer, 2, "yearbuilt").field_5 = int32(1900)) },
    fails: ["statistics"],
    says: /max is 1900 in the footer, but \d+ occurs/,
  },
  "an exact bound that doesn't occur": {
    change: { footer: (footer) => (stats(footer, 2, "saledate").field_5 = int32(5000)) },
    fails: ["statistics"],
    says: /max is 5000 in the footer and marked exact, but the max is 1799/,
  },
  "a bound of text that is too low": {
    change: {
      footer: (footer) => {
        stats(footer, 0, "owner").field_5 = text("owner 9 of a");
        stats(footer, 0, "owner").field_7 = false;
      },
    },
    fails: ["statistics"],
    says: /max is "owner 9 of a" in the footer, but "owner 9 of a /,
  },
  "a bound of a list's elements that is too high": {
    change: { footer: (footer) => (stats(footer, 0, "tags.list.element").field_6 = text("t1")) },
    fails: ["statistics"],
    says: /column tags\.list\.element: min is "t1" in the footer, but "t0" occurs/,
  },
  "a decimal's bound that is too high": {
    change: { footer: (footer) => (stats(footer, 0, "saleprice").field_6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1)) },
    fails: ["statistics"],
    says: /column saleprice: min is 1 in the footer/,
  },
  "a floating-point bound that is too high": {
    change: { footer: (footer) => (stats(footer, 0, "parval").field_6 = new Uint8Array(Float64Array.of(0).buffer)) },
    fails: ["statistics"],
    says: /column parval: min is 0 in the footer, but -99/,
  },
  "a bound that is NaN": {
    change: { footer: (footer) => (stats(footer, 0, "parval").field_5 = new Uint8Array(Float64Array.of(Number.NaN).buffer)) },
    fails: ["statistics"],
    says: /max is NaN in the footer, which bounds nothing/,
  },
  "a bound of the wrong width": {
    change: { footer: (footer) => (stats(footer, 0, "yearbuilt").field_6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128)) },
    fails: ["readable"],
    says: /column "yearbuilt": .*stats size/,
  },
  "a timestamp's bound that is too low": {
    change: {
      footer: (footer) => (stats(footer, 1, "ll_updated_at").field_5 = new Uint8Array(BigInt64Array.of(-(10n ** 15n)).buffer)),
    },
    fails: ["statistics"],
    says: /max is -1000000000000000 in the footer, but -827286399998001 occurs/,
  },
  "a boolean bound that leaves a value out": {
    change: { footer: (footer) => (stats(footer, 0, "struct").field_5 = Uint8Array.of(0)) },
    fails: ["statistics"],
    says: /column struct: max is 0 in the footer, but 1 occurs/,
  },
  "a value changed after its keys were made": {
    change: { rows: withRow(1234, () => ({ geoid: "48454" })) },
    fails: ["hash-keys"],
    says: /_source_hashkey is not what the columns give in 1 rows, the first is row 1235; _record_hashkey/,
  },
  "a geometry that isn't the one that was hashed": {
    change: { rows: withRow(0, () => ({ wkb_geometry: square(-98, 30.25) })) },
    fails: ["hash-keys"],
    says: /^_record_hashkey is not what the columns give in 1 rows, the first is row 1$/,
  },
  "two rows whose geometries were swapped": {
    change: {
      rows: parcels(2500).map((row, i, all) => ({ ...row, wkb_geometry: all[i < 2 ? 1 - i : i]!["wkb_geometry"] })),
    },
    fails: ["hash-keys"],
    says: /_record_hashkey is not what the columns give in 2 rows/,
  },
  "a stored key that is null": {
    change: {
      rows: withRow(9, () => ({ _source_hashkey: null })),
    },
    fails: ["hash-keys"],
    says: /_source_hashkey is not what the columns give in 1 rows, the first is row 10/,
  },
  "a key column that the manifest names and the file has not": {
    change: { manifest: (manifest) => (manifest.hashkeys.source = ["new_uuid"]) },
    fails: ["hash-keys"],
    says: /key column "new_uuid" is missing/,
  },
  "a bounding box that leaves a geometry out": {
    change: geoColumn((column) => (column.bbox[2] = 0)),
    fails: ["geoparquet"],
    says: /column "wkb_geometry": bbox is \[-98, 30, 0, 54.5\], the geometries reach \[-98, 30, 1.5, 54.5\]/,
  },
  "a bounding box wider than the geometries": {
    change: geoColumn((column) => (column.bbox[0] = -180)),
    fails: ["geoparquet"],
    says: /is wider than the geometries/,
  },
  "geometry types that leave one out": {
    change: geoColumn((column) => (column.geometry_types = ["MultiPolygon"])),
    fails: ["geoparquet"],
    says: /geometry_types leaves out Polygon; column "wkb_geometry": geometry_types names MultiPolygon/,
  },
  "an encoding that isn't WKB": {
    change: geoColumn((column) => (column.encoding = "polygon")),
    fails: ["geoparquet"],
    says: /encoding is "polygon"/,
  },
  "no coordinate reference system": {
    change: geoColumn((column) => delete column.crs),
    fails: ["geoparquet"],
    says: /no crs/,
  },
  "another version of GeoParquet": {
    change: { geo: (geo) => (geo.version = "0.4.0") },
    fails: ["geoparquet"],
    says: /version is "0.4.0"/,
  },
  "a primary column that isn't there": {
    change: { geo: (geo) => (geo.primary_column = "geom") },
    fails: ["geoparquet"],
    says: /primary column "geom" is not among its columns/,
  },
  "a geometry with an SRID in it": {
    change: {
      rows: withRow(3, (row) => {
        const ewkb = Buffer.concat([
          Buffer.from([1, 3, 0, 0, 0x20, 0xe6, 0x10, 0, 0]),
          (row["wkb_geometry"] as Buffer).subarray(5),
        ]);
        return { wkb_geometry: ewkb, ...keysOf(row["geoid"] as string, row["ll_uuid"] as string, ewkb) };
      }),
      geo: (geo) => (geo.columns.wkb_geometry.bbox = [-98, 30, 1.5, 54.5]),
    },
    fails: ["geoparquet"],
    says: /EWKB flags \(an SRID, Z or M\)/,
  },
  "a geometry cut short": {
    change: {
      rows: withRow(3, (row) => {
        const cut = (row["wkb_geometry"] as Buffer).subarray(0, 40);
        return { wkb_geometry: cut, ...keysOf(row["geoid"] as string, row["ll_uuid"] as string, cut) };
      }),
    },
    fails: ["geoparquet"],
    says: /ends after 40 bytes, in the middle/,
  },
  "no GeoParquet metadata for a geometry column": {
    change: { file: { metadata: OUR_METADATA } },
    fails: ["geoparquet"],
    says: /column "wkb_geometry" holds geometries, and no metadata describes it/,
  },
  "a path with a day that there isn't": {
    change: {
      key: "linode/dataset=parcel/snapshot_dt=2026-11-31/x.parquet",
      snapshotDt: "2026-11-31",
    },
    fails: ["hive-path"],
    says: /snapshot_dt=2026-11-31 is not a day/,
  },
  "a path of another snapshot than the manifest's": {
    change: { key: "linode/dataset=parcel/snapshot_dt=2026-11-29/x.parquet" },
    fails: ["hive-path"],
    says: /snapshot_dt=2026-11-29, the manifest 2026-11-30/,
  },
  "a path whose geoid is not the data's": {
    change: { key: "linode/dataset=parcel/geoid=48455/snapshot_dt=2026-11-30/x.parquet" },
    fails: ["hive-path"],
    says: /the path says geoid=48455, but 2500 rows hold another value, such as "48453"/,
  },
  "our own file without our footer keys": {
    change: { footer: (footer) => (footer.field_5 = footer.field_5.slice(0, 2)) },
    fails: ["metadata"],
    says: /the footer has no pg_bronze/,
  },
  "a footer that speaks of another snapshot": {
    change: {
      file: { metadata: [...OUR_METADATA.slice(0, -1), ["pg_bronze.snapshot_dt", "2026-10-31"]] },
      manifest: (manifest) => (manifest.columns[13].type = "binary"),
    },
    fails: ["metadata"],
    says: /the footer says snapshot_dt 2026-10-31, the manifest 2026-11-30/,
  },
  "a page's minimum in the column index that leaves values out": {
    change: { bytes: editColumnIndex("yearbuilt", (index, bytes) => overwrite(bytes, index.field_2[0], 127)) },
    fails: ["column-index"],
    says: /^row group 0, column yearbuilt, page 0 of the column index: min is 2139062143 in the column index, but -\d+ occurs/,
  },
  "a page's maximum in the column index that leaves values out": {
    change: { bytes: editColumnIndex("ll_uuid", (index, bytes) => overwrite(bytes, index.field_3[0], 33)) },
    fails: ["column-index"],
    says: /column ll_uuid, page 0 of the column index: max is "!+" in the column index, but "00000000-0000-4000-8000-/,
  },
  "a minimum of a later page of several": {
    change: {
      file: { batchRows: 100, pageBytes: 800, metadata: OUR_METADATA },
      manifest: (manifest) => (manifest.columns[13].type = "binary"),
      bytes: editColumnIndex("ll_uuid", (index, bytes) => {
        assert.ok(index.field_2.length > 3);
        overwrite(bytes, index.field_2[2], 122);
      }),
    },
    fails: ["column-index"],
    says: /^row group 0, column ll_uuid, page 2 of the column index: min is "z+" .*; row group 0, column ll_uuid: the column index calls its pages ascending, and they are not$/,
  },
  "a page with values that the column index marks as nulls alone": {
    change: {
      bytes: editColumnIndex("owner", (_, bytes) => {
        assert.deepEqual([bytes[0], bytes[2]], [0x19, 2]); // a list, and false for its first page
        bytes[2] = 1;
      }),
    },
    fails: ["column-index"],
    says: /column owner, page 0 of the column index: marked as nulls alone, but it holds \d+ values/,
  },
  "a null count of the column index that is off by one": {
    change: { bytes: editColumnIndex("owner", (_, bytes) => (bytes[bytes.length - 2]! += 2)) },
    fails: ["column-index"],
    says: /column owner, page \d+ of the column index: \d+ nulls, the index says \d+/,
  },
  "an Arrow schema that doesn't decode": {
    change: { file: { metadata: [["ARROW:schema", "//////"], ...OUR_METADATA.slice(1)] } },
    fails: ["arrow-schema", "geoparquet"],
    says: /ARROW:schema doesn't decode: pyarrow can't open such a file/,
  },
  "an Arrow schema in which a bit flipped": {
    change: {
      footer: (footer) => {
        const pair = footer.field_5.find((one: RawThrift) => Buffer.from(one.field_1).toString() === "ARROW:schema");
        const message = Buffer.from(Buffer.from(pair.field_2).toString(), "base64");
        message[message.indexOf("_source_hashkey") - 2]! ^= 4; // in the length of a name
        pair.field_2 = new Uint8Array(Buffer.from(message.toString("base64")));
      },
    },
    fails: ["arrow-schema"],
    says: /ARROW:schema doesn't decode/,
  },
  "an Arrow schema of other columns": {
    change: { file: { metadata: [...metadataOf([...FIELDS].reverse())] } },
    fails: ["arrow-schema", "geoparquet"],
    says: /column 1 is "_source_hashkey", ARROW:schema calls it "wkb_geometry"/,
  },
  "an offset index that points elsewhere": {
    change: {
      bytes: (file) => file,
      footer: (footer) => {
        const [first, second] = footer.field_4[0].field_1.slice(0, 2);
        [first.field_4, first.field_5, second.field_4, second.field_5] = [
          second.field_4,
          second.field_5,
          first.field_4,
          first.field_5,
        ];
      },
    },
    fails: ["page-index"],
    says: /column _source_hashkey: the offset index/,
  },
};

/** Changes the column index of a column's first chunk in place: its lists as they were read, or its bytes. */
function editColumnIndex(column: string, edit: (index: RawThrift, bytes: Uint8Array) => void): (file: Buffer) => Buffer {
  return (file) => {
    const { row_groups: groups } = parquetMetadata(new Uint8Array(file).buffer);
    const chunk = groups[0]!.columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)!;
    const [offset, length] = [Number(chunk.column_index_offset), chunk.column_index_length!];
    const view = new DataView(file.buffer, file.byteOffset + offset, length);
    edit(deserializeTCompactProtocol({ view, offset: 0 }), new Uint8Array(file.buffer, file.byteOffset + offset, length));
    return file;
  };
}

function overwrite(bytes: Uint8Array, what: Uint8Array, by: number): void {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(what);
  assert.ok(at > 0);
  bytes.fill(by, at, at + what.length);
}

describe("a fault in what landed", () => {
  let box: Sandbox;
  before(async () => {
    box = await sandbox();
  });
  after(() => box.remove());

  async function reportOn(change: Change): Promise<FileReport> {
    const path = await box.land(change);
    const { files } = await box.validate([path]);
    await rm(path);
    return files[0]!;
  }

  it("is none when a geometry column has M values, which GeoParquet has no words for", async () => {
    const point = Buffer.alloc(29);
    point.writeUInt8(1);
    point.writeUInt32LE(2001, 1);
    const report = await reportOn({
      rows: parcels(50).map((row) => ({ ...row, wkb_geometry: point, ...keysOf("48453", row["ll_uuid"] as string, point) })),
      file: { metadata: OUR_METADATA },
    });
    assert.deepEqual([report.verdict, messageOf(report, "geoparquet")], ["pass", "no geo metadata"], JSON.stringify(report));
  });

  it("is found in one byte of one page, by its checksum alone where nothing else can tell", async () => {
    const report = await reportOn({
      file: { compression: "none" },
      bytes: (file) => flip(file, file.indexOf(double(-37.5), placeOf(file, "parval"))),
    });
    assert.deepEqual(checksOf(report, "fail"), ["checksums"]);
    assert.match(messageOf(report, "checksums"), /^row group 0, column parval: the page at byte \d+ doesn't match its CRC$/);
  });

  it("is found in one byte of a compressed page", async () => {
    const report = await reportOn({ bytes: (file) => flip(file, placeOf(file, "wkb_geometry") + 3_000) });
    assert.ok(checksOf(report, "fail").includes("checksums"));
    assert.match(messageOf(report, "checksums"), /column wkb_geometry/);
  });

  it("is found by the content's hash when the object changed after it landed", async () => {
    const report = await reportOn({
      file: { compression: "none" },
      later: (file) => flip(file, file.indexOf(double(-37.5), placeOf(file, "parval"))),
    });
    assert.deepEqual(checksOf(report, "fail"), ["etag", "sha256", "checksums"]);
  });

  it("is found when the file is cut", async () => {
    for (const [bytes, says] of [
      [0, /0 bytes are too few/],
      [11, /11 bytes are too few/],
      [50_000, /does not end with PAR1/],
    ] as const) {
      const report = await reportOn({ later: (file) => file.subarray(0, bytes) });
      assert.deepEqual(checksOf(report, "fail"), ["size", "etag", "sha256", "footer"]);
      assert.match(messageOf(report, "footer"), says);
      assert.equal(report.rows, null);
    }
  });

  it("is found when the middle of the file is missing", async () => {
    const report = await reportOn({ bytes: (file) => Buffer.concat([file.subarray(0, 60_000), file.subarray(61_000)]) });
    assert.ok(checksOf(report, "fail").includes("pages"));
    assert.ok(checksOf(report, "fail").includes("readable"));
  });

  it("is found when the footer is garbage", async () => {
    const report = await reportOn({
      bytes: (file) => file.fill(0xa5, file.length - 8 - file.readUInt32LE(file.length - 8), file.length - 8),
    });
    assert.deepEqual(checksOf(report, "fail"), ["footer"]);
    assert.match(messageOf(report, "footer"), /the footer doesn't parse/);
    const longer = await reportOn({
      bytes: (file) => Buffer.concat([file.subarray(0, -8), Buffer.from([255, 255, 255, 127]), file.subarray(-4)]),
    });
    assert.match(messageOf(longer, "footer"), /the footer's length, 2147483647 bytes, can't be right/);
  });

  it("is found in a row group that claims a row more than its pages hold", async () => {
    const report = await reportOn({
      footer: (footer) => {
        footer.field_4[2].field_3 = 501n;
        footer.field_3 = 2501n;
      },
    });
    assert.ok(checksOf(report, "fail").includes("pages"));
  });

  it("names the column that can't be read in a wide table", async () => {
    const names = Array.from({ length: 100 }, (_, i) => `c${i}`);
    const report = await reportOn({
      fields: names.map((name) => optional(name, { type: "utf8" })),
      rows: Array.from({ length: 300 }, (_, row) => Object.fromEntries(names.map((name, i) => [name, `${row} ${i}`.repeat(9)]))),
      file: { compression: "none" },
      manifest: (manifest) => (manifest.hashkeys = null),
      bytes: (file) => {
        // Not UTF-8, in a page of one column.
        const at = file.indexOf("299 73");
        file[at] = 0xff;
        return file;
      },
    });
    assert.match(messageOf(report, "readable"), /^column "c73": /);
  });

  for (const [fault, { change, fails, says }] of Object.entries(CASES)) {
    it(`is found: ${fault}`, async () => {
      const report = await reportOn(change);
      assert.deepEqual(checksOf(report, "fail"), fails, JSON.stringify(report.checks, null, 1));
      const message = report.checks.find((check) => check.status === "fail")?.message ?? "";
      assert.match(message, says);
      assert.equal(report.verdict, fails.length === 0 ? "pass" : "fail");
    });
  }
});
