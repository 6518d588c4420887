import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { ByteWriter } from "hyparquet-writer";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import { arrowSchemaMetadata } from "../../src/columnar/arrow-schema.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { landingKey, planKey, receiptKey } from "../../src/ledger/paths.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { receiptOf } from "../../src/ledger/receipts.ts";
import { parseRunId, parseShardId } from "../../src/model/ids.ts";
import type { LogicalType } from "../../src/model/logical-type.ts";
import { typeName } from "../../src/model/type-name.ts";
import { describeParquet, type ParquetField } from "../../src/parquet/schema.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { type ValidateOptions, validate } from "../../src/validate/validate.ts";
import { plan as samplePlan } from "../support/ledger-samples.ts";
import { parquetFile, type TestFileOptions } from "../support/parquet-file.ts";

export const optional = (name: string, type: LogicalType): ParquetField => ({ name, type, nullable: true });
const utf8: LogicalType = { type: "utf8" };

export const FIELDS: readonly ParquetField[] = [
  optional("_source_hashkey", utf8),
  optional("_record_hashkey", utf8),
  optional("geoid", utf8),
  optional("ll_uuid", utf8),
  optional("owner", utf8),
  optional("yearbuilt", { type: "int", bits: 32, signed: true }),
  optional("parval", { type: "float", bits: 64 }),
  optional("saleprice", { type: "decimal", precision: 20, scale: 2 }),
  optional("taxamt", { type: "decimal", precision: 9, scale: 2 }),
  optional("saledate", { type: "date" }),
  optional("ll_updated_at", { type: "timestamp", utc: true }),
  optional("struct", { type: "bool" }),
  optional("tags", { type: "list", element: optional("element", utf8) }),
  optional("wkb_geometry", { type: "wkb", edges: "planar", srid: 4326 }),
];

const DAY = "2026-11-30";

const ourMetadata = (snapshotDt: string, fields: readonly ParquetField[] = FIELDS) =>
  [
    ["ARROW:schema", arrowSchemaMetadata(fields)],
    ["pg_bronze.version", "0.0.0"],
    ["pg_bronze.object", "parcel"],
    ["pg_bronze.source", "public.tx_travis"],
    ["pg_bronze.snapshot_dt", snapshotDt],
  ] as const;

export const OUR_METADATA = ourMetadata(DAY);
export const metadataOf = (fields: readonly ParquetField[]) => ourMetadata(DAY, fields);

export type Row = Record<string, unknown>;

/** A square as a WKB polygon, its lower left corner at x, y. */
export function square(x: number, y: number): Buffer {
  const points = [
    [x, y],
    [x + 0.5, y],
    [x + 0.5, y + 0.5],
    [x, y + 0.5],
    [x, y],
  ];
  const wkb = Buffer.alloc(13 + points.length * 16);
  wkb.writeUInt8(1, 0);
  wkb.writeUInt32LE(3, 1);
  wkb.writeUInt32LE(1, 5);
  wkb.writeUInt32LE(points.length, 9);
  points.forEach(([px, py], i) => {
    wkb.writeDoubleLE(px!, 13 + i * 16);
    wkb.writeDoubleLE(py!, 21 + i * 16);
  });
  return wkb;
}

const made = new Map<number, readonly Row[]>();

export function parcels(count: number): readonly Row[] {
  const rows = made.get(count) ?? makeParcels(count);
  made.set(count, rows);
  return rows;
}

function makeParcels(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    const geoid = "48453";
    const uuid = `00000000-0000-4000-8000-${i.toString(16).padStart(12, "0")}`;
    const wkb = i % 50 === 7 ? null : square(-98 + (i % 100), 30 + Math.floor(i / 100));
    return {
      ...keysOf(geoid, uuid, wkb),
      geoid,
      ll_uuid: uuid,
      owner:
        i % 3 === 0
          ? null
          : `owner ${i % 40}${i % 11 === 0 ? " of a name that is longer than any bound that a footer keeps of it, ünd more" : ""}`,
      yearbuilt: i % 5 === 0 ? null : 1900 + (i % 120) - (i % 2 === 0 ? 2000 : 0),
      parval: i % 7 === 0 ? Number.NaN : i / 8 - 100,
      saleprice: i % 4 === 0 ? null : BigInt(i) * 10n ** 14n - 12_345n,
      taxamt: i - 1500,
      saledate: i % 6 === 0 ? null : i - 700,
      ll_updated_at: BigInt(i) * 86_400_000_001n - 10n ** 15n,
      struct: i % 9 === 0 ? null : i % 2 === 0,
      tags: i % 8 === 0 ? null : i % 8 === 1 ? [] : [`t${i % 13}`, null],
      wkb_geometry: wkb,
    };
  });
}

export function keysOf(geoid: string, uuid: string, wkb: Uint8Array | null): Row {
  const sha256 = (...parts: (string | Uint8Array)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest("hex");
  return { _source_hashkey: sha256(geoid, uuid), _record_hashkey: sha256(geoid, uuid, wkb ?? "") };
}

/** Thrift's structures as the reader gives them, for a footer to be changed at will. */
// biome-ignore lint/suspicious/noExplicitAny: a footer's tree has no types
export type RawThrift = any;

/** The same file with another footer. */
export function editFooter(file: Buffer, edit: (footer: RawThrift) => void): Buffer {
  const length = file.readUInt32LE(file.length - 8);
  const start = file.length - 8 - length;
  const footer = deserializeTCompactProtocol({ view: new DataView(file.buffer, file.byteOffset, file.length), offset: start });
  edit(footer);
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, footer);
  const bytes = Buffer.from(writer.getBytes());
  const tail = Buffer.from("\0\0\0\0PAR1");
  tail.writeUInt32LE(bytes.length, 0);
  return Buffer.concat([file.subarray(0, start), bytes, tail]);
}

export interface Change {
  readonly fields?: readonly ParquetField[];
  readonly rows?: readonly Row[];
  readonly file?: TestFileOptions;
  readonly geo?: (geo: RawThrift) => void;
  readonly footer?: (footer: RawThrift) => void;
  /** The file as it lands; the manifest tells of these bytes. */
  readonly bytes?: (file: Buffer) => Buffer;
  readonly manifest?: (manifest: RawThrift) => void;
  /** What becomes of the file after it landed. */
  readonly later?: (file: Buffer) => Buffer;
  readonly key?: string;
  readonly snapshotDt?: string;
  /** Default: the sandbox's folder. */
  readonly sink?: Sink;
}

export const KEY =
  "linode/dataset=parcel/admin0=us/admin1=tx/filename_stem=tx_travis/snapshot_dt=2026-11-30/tx_travis_2026-11-30.parquet";

export interface Sandbox {
  readonly folder: string;
  readonly url: string;
  /** Puts a shard and its manifest there as an extract would, apart from `change`. Returns the data file's path. */
  land(change?: Change): Promise<string>;
  validate(targets: readonly string[], options?: Partial<ValidateOptions>): ReturnType<typeof validate>;
  remove(): Promise<void>;
}

export async function sandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), "pg-bronze-test-"));
  const url = pathToFileURL(folder).href;
  const runs = new Map<string, RunPlan["shards"]>();
  return {
    folder,
    url,
    async land(change = {}) {
      const sink = change.sink ?? openFileSink(folder);
      const key = change.key ?? KEY;
      const bytes = await shardFile(change);
      const landed = await sink.put(key, bytes);
      const manifest = manifestOf(change, key, sink.locate(key), bytes, landed.etag);
      change.manifest?.(manifest);
      const landing = {
        version: 2,
        object: manifest.object,
        key,
        seq: 1,
        holder: null,
        ended: null,
        manifest,
        intents: [],
        history: [],
      };
      const put = (document: string, value: unknown) => sink.put(document, Buffer.from(JSON.stringify(value)));
      await put(landingKey(manifest.object, key), landing);
      const planned = runs.get(manifest.run) ?? [];
      runs.set(manifest.run, [...planned, { ...samplePlan.shards[0]!, id: manifest.shard, key }]);
      const { object, run, snapshot_dt, planned_at } = manifest;
      const plan = { ...samplePlan, object, run, snapshot_dt, planned_at, shards: runs.get(run) };
      await put(planKey(object, run), plan);
      await put(receiptKey(object, run, manifest.shard), receiptOf(manifest, key));
      await sink.close();
      const path = join(folder, key);
      if (change.later !== undefined) await writeFile(path, change.later(bytes));
      return path;
    },
    validate: (targets, options) =>
      validate(targets, {
        openSink: async (at) => openFileSink(new URL(at).pathname),
        memoryBytes: 256 << 20,
        threads: 1,
        ...options,
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A Parquet file as an extract makes it, apart from `change`. */
export async function shardFile(change: Change = {}): Promise<Buffer> {
  const fields = change.fields ?? FIELDS;
  const rows = change.rows ?? parcels(2500);
  const cells = rows.map((row) => fields.map((field) => row[field.name] ?? null));
  const geo = geoOf(rows);
  change.geo?.(geo);
  const file = await parquetFile(fields, cells, {
    rowGroupRows: 1000,
    pageBytes: 4000,
    metadata: [["geo", JSON.stringify(geo)], ...ourMetadata(change.snapshotDt ?? DAY, fields)],
    ...change.file,
  });
  const edited = change.footer === undefined ? file : editFooter(file, change.footer);
  return change.bytes === undefined ? edited : change.bytes(edited);
}

function geoOf(rows: readonly Row[]): RawThrift {
  const corners = rows.flatMap((row) => {
    const wkb = row["wkb_geometry"] as Buffer | null;
    return wkb === null || wkb === undefined ? [] : [[wkb.readDoubleLE(13), wkb.readDoubleLE(21)] as const];
  });
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const box = { bbox: [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 0.5, Math.max(...ys) + 0.5] };
  const column = {
    encoding: "WKB",
    geometry_types: corners.length === 0 ? [] : ["Polygon"],
    crs: { type: "GeographicCRS", name: "WGS 84", id: { authority: "EPSG", code: 4326 } },
    ...(corners.length === 0 ? {} : box),
  };
  return { version: "1.1.0", primary_column: "wkb_geometry", columns: { wkb_geometry: column } };
}

function manifestOf(change: Change, key: string, url: string, bytes: Buffer, etag: string): ShardManifest {
  const fields = change.fields ?? FIELDS;
  const rows = change.rows ?? parcels(2500);
  return {
    version: 2,
    object: "parcel",
    run: parseRunId("parcel-2026-11-30"),
    shard: parseShardId("48453"),
    snapshot_dt: change.snapshotDt ?? DAY,
    planned_at: "2026-11-30T00:00:00.000Z",
    config_digest: "0".repeat(64),
    fingerprint: "f".repeat(16),
    token: "attempt-1",
    bytes: bytes.length,
    rows: rows.length,
    files: [
      {
        key,
        url,
        bytes: bytes.length,
        etag,
        token: "attempt-1",
        rows: rows.length,
        row_groups: Math.ceil(rows.length / 1000),
        sha256: createHash("sha256").update(bytes).digest("hex"),
        columns: fields.map(({ name }) => ({
          name,
          nulls: rows.filter((row) => (row[name] ?? null) === null).length,
          min: null,
          max: null,
        })),
        range: null,
      },
    ],
    columns: fields.map((field, i) => ({
      name: field.name,
      field_id: i + 1,
      source: field.name.startsWith("_") ? null : field.type.type === "wkb" ? "geometry(Polygon,4326)" : "text",
      type: typeName(field.type),
      parquet: describeParquet(field.type),
    })),
    source: {
      kind: "table",
      name: "public.tx_travis",
      snapshot: "00000003-0000001B-1",
      lsn: null,
      server_version: "15.4",
      transport: "copy",
      wire_bytes: 1,
    },
    profile: "lake",
    hashkeys: { source: ["geoid", "ll_uuid"], record: ["geoid", "ll_uuid", "wkb_geometry"], separator: "" },
    proofs: [],
    started_at: "2026-11-30T00:00:00.000Z",
    finished_at: "2026-11-30T00:01:00.000Z",
    attempts: 1,
    tool: "pg-bronze 0.0.0",
  };
}

/** Names of the checks with this status. */
export function checksOf(
  report: { readonly checks: readonly { readonly check: string; readonly status: string }[] },
  status: string,
): string[] {
  return report.checks.filter((check) => check.status === status).map((check) => check.check);
}
