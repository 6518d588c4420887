import { stat } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { LEDGER_FOLDER } from "../ledger/paths.ts";
import { BronzeError } from "../model/errors.ts";
import { hasScheme, type Location, localPath, parseLocation } from "../sink/location.ts";
import type { Sink } from "../sink/sink.ts";
import type { Landing } from "./evidence.ts";
import { type FoundFiles, type LandedFile, type ManifestSelection, type Manifests, openManifests } from "./ledger.ts";

/** One file to judge, or something that is wrong before any file is looked at. */
export type Subject =
  | {
      readonly kind: "object";
      readonly sink: Sink;
      readonly key: string;
      readonly address: string;
      readonly landing: Landing;
    }
  /** A manifest without its object, or one that can't be read. */
  | { readonly kind: "fault"; readonly address: string; readonly manifest: string; readonly message: string };

/** Sinks and ledgers, each opened once. */
export interface Places {
  sinkAt(url: string): Promise<Sink>;
  ledgerOf(sink: Sink): Promise<Manifests>;
  close(): Promise<void>;
}

export function openPlaces(openSink: (url: string) => Promise<Sink>): Places {
  const sinks = new Map<string, Promise<Sink>>();
  const ledgers = new Map<Sink, Promise<Manifests>>();
  return {
    sinkAt(url) {
      const sink = sinks.get(url) ?? openSink(url);
      sinks.set(url, sink);
      return sink;
    },
    ledgerOf(sink) {
      const ledger = ledgers.get(sink) ?? openManifests(sink);
      ledgers.set(sink, ledger);
      return ledger;
    },
    async close() {
      for (const sink of await Promise.allSettled(sinks.values())) if (sink.status === "fulfilled") await sink.value.close();
    },
  };
}

/** What the ledger says of an object. @throws BronzeError USAGE when it says nothing. */
export async function fromLedger(sink: Sink, places: Places, selection: ManifestSelection): Promise<Subject[]> {
  const found = await (await places.ledgerOf(sink)).select(selection);
  if (found.files.length + found.damaged.length === 0) {
    const of = selection.run ?? selection.extractDate;
    throw new BronzeError("USAGE", `${sink.url} holds no landed ${selection.object}${of === undefined ? "" : ` of ${of}`}`, {
      hint: "Name the sink that it was extracted to with --sink, or list the runs with: pg-bronze runs",
    });
  }
  return subjectsOf(sink, found, null);
}

/**
 * A target as written: a path, a `file://` or `s3://` URL, or, where a sink is given, a key or prefix in it.
 * @throws BronzeError USAGE when there is nothing there.
 */
export async function fromTarget(target: string, sink: Sink | null, places: Places): Promise<Subject[]> {
  if (hasScheme(target)) {
    const location = parseLocation(target);
    return location.path === null ? fromObjectUrl(location, target, places) : fromPath(location.path, target, places);
  }
  if (sink === null || /^\.{0,2}[/\\]/.test(target)) return fromPath(resolve(target), target, places);
  try {
    return await fromSink(sink, target, target, places, true);
  } catch (error) {
    // The sink may come from the environment, and the path be meant as one.
    if (isNothingThere(error) && (await stat(target).catch(() => null)) !== null)
      return fromPath(resolve(target), target, places);
    throw error;
  }
}

const isNothingThere = (error: unknown): boolean =>
  error instanceof BronzeError && (error.code === "USAGE" || error.code === "KEY_INVALID");

async function fromObjectUrl({ root, key: name }: Location, target: string, places: Places): Promise<Subject[]> {
  const key = target.endsWith("/") && name !== "" ? `${name}/` : name;
  const base = await ledgerRootAbove(await places.sinkAt(root), key);
  const sink = await places.sinkAt(base === "" ? root : `${root}/${base.slice(0, -1)}`);
  return fromSink(sink, key.slice(base.length), target, places, false);
}

/** The nearest prefix of `key` with a ledger under it, `""` when there is none. */
async function ledgerRootAbove(sink: Sink, key: string): Promise<string> {
  const folders = key.split("/").filter((folder) => folder !== "");
  for (let depth = folders.length; depth > 0; depth--) {
    const base = `${folders.slice(0, depth).join("/")}/`;
    for await (const _ of sink.list(base + LEDGER_FOLDER)) return base;
  }
  return "";
}

async function fromPath(path: string, target: string, places: Places): Promise<Subject[]> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) throw nothingAt(target);
  const folder = stats.isDirectory() ? path : dirname(path);
  const root = (await ledgerFolderAbove(folder)) ?? folder;
  const sink = await places.sinkAt(pathToFileURL(root).href);
  const inside = relative(root, path).split(sep).join("/");
  return fromSink(sink, stats.isDirectory() && inside !== "" ? `${inside}/` : inside, target, places, false);
}

async function ledgerFolderAbove(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    const stats = await stat(resolve(at, LEDGER_FOLDER)).catch(() => null);
    if (stats?.isDirectory()) return at;
    if (dirname(at) === at) return null;
  }
}

/** A key, or everything that ends in `.parquet` under a prefix. */
async function fromSink(sink: Sink, key: string, target: string, places: Places, asked: boolean): Promise<Subject[]> {
  const info = key === "" || key.endsWith("/") ? null : await sink.head(key);
  const ledger = await places.ledgerOf(sink);
  if (info !== null) {
    const found = ledger.present ? await ledger.find(info.key) : null;
    const landing: Landing = found === null ? unlanded(ledger, asked) : landed(sink, found);
    return [{ kind: "object", sink, key, address: addressOf(sink, key), landing }];
  }
  // A folder of that name wins over all that only begins with it: `county=1` is not `county=10`.
  for (const prefix of key === "" || key.endsWith("/") ? [key] : [`${key}/`, key]) {
    const subjects = subjectsOf(sink, await ledger.under(prefix), await parquetKeys(sink, prefix), unlanded(ledger, true));
    if (subjects.some((subject) => subject.kind === "object")) return subjects;
  }
  throw nothingAt(target);
}

async function parquetKeys(sink: Sink, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of sink.list(prefix)) {
    if (key.endsWith(".parquet") && !key.startsWith(LEDGER_FOLDER)) keys.push(key);
  }
  return keys;
}

function unlanded(ledger: Manifests, required: boolean): Landing {
  return ledger.present ? { state: "not-landed", required } : { state: "no-ledger" };
}

function landed(sink: Sink, { record, manifest, file }: LandedFile): Landing {
  return { state: "landed", address: addressOf(sink, record), manifest, file };
}

/** Joins what the ledger knows with the keys that are there; `present` null leaves it to the reading to find a gap. */
function subjectsOf(sink: Sink, found: FoundFiles, present: readonly string[] | null, without?: Landing): Subject[] {
  const byKey = new Map(found.files.map((landedFile) => [landedFile.file.key, landedFile]));
  const keys = present === null ? [...byKey.keys()] : [...new Set([...present, ...byKey.keys()])].sort();
  const subjects = keys.map((key): Subject => {
    const landedFile = byKey.get(key);
    const landing = landedFile === undefined ? (without ?? { state: "no-ledger" }) : landed(sink, landedFile);
    return { kind: "object", sink, key, address: addressOf(sink, key), landing };
  });
  const faults = found.damaged.map(({ record, damage }): Subject => {
    const address = addressOf(sink, record);
    return { kind: "fault", address, manifest: address, message: damage.message };
  });
  return [...subjects, ...faults];
}

/** A path for what lies on this machine, a URL for the rest. */
function addressOf(sink: Sink, key: string): string {
  const address = sink.locate(key);
  return localPath(address) ?? address;
}

function nothingAt(target: string): BronzeError {
  return new BronzeError("USAGE", `there is no Parquet file at ${target}`, {
    hint: "Give files, folders, s3:// or file:// URLs; keys and prefixes of a sink need --sink.",
  });
}
