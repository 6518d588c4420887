import type { ManifestFile, ShardManifest } from "../ledger/manifest.ts";
import type { Duck } from "../read/duckdb.ts";
import { type Footer, NotJudged, readFooter } from "../read/footer.ts";
import { type LocalFile, sha256Of } from "../read/local-file.ts";
import { type PageWalk, walkPages } from "../read/pages.ts";
import { oneLine, type Scan, scanContent } from "./scan.ts";

/** A shard's manifest in the ledger, or why there is none that can be read. */
export type Landing =
  | { readonly state: "landed"; readonly address: string; readonly manifest: ShardManifest; readonly file: ManifestFile }
  /** The file was looked for in a ledger, and no manifest names it. */
  | { readonly state: "not-landed"; readonly required: boolean }
  /** There is no ledger to ask. */
  | { readonly state: "no-ledger" };

/** The columns that the two keys were made from. */
export type KeyDefinition = NonNullable<ShardManifest["hashkeys"]>;

/** Everything that was learnt about one file; the checks only judge it. A part that could not be learnt is the reason why. */
export interface Evidence {
  readonly path: string;
  /** The file's address, where `name=value` folders are looked for. */
  readonly location: string;
  readonly landing: Landing;
  readonly bytes: number;
  /** Null where no sink tells one. */
  readonly etag: string | null;
  /** Null unless there is a manifest to compare it with. */
  readonly sha256: string | null;
  readonly footer: Learnt<Footer>;
  readonly pages: Learnt<PageWalk>;
  readonly content: Learnt<Scan>;
  readonly duck: Duck;
  /** Key definition given by the caller, for files without a manifest. */
  readonly hashkeys: KeyDefinition | null;
  readonly requireUnique: boolean;
}

export type Learnt<T> =
  | { readonly known: true; readonly value: T }
  /** `beyond`: the reason lies not in the file but in what can be read here. */
  | { readonly known: false; readonly reason: string; readonly beyond?: boolean };

export interface Given {
  readonly file: LocalFile;
  readonly location: string;
  readonly landing: Landing;
  readonly etag: string | null;
  /** The SHA-256 when fetching the object gave it already. */
  readonly sha256: string | null;
  readonly duck: Duck;
  readonly hashkeys: KeyDefinition | null;
  readonly requireUnique: boolean;
}

export async function gather({ file, ...given }: Given): Promise<Evidence> {
  const sha256 = given.landing.state === "landed" ? (given.sha256 ?? (await sha256Of(file))) : null;
  const footer = await learn(() => readFooter(file));
  const withFooter = <T>(use: (footer: Footer) => Promise<T>): Promise<Learnt<T>> =>
    footer.known ? learn(() => use(footer.value)) : Promise.resolve({ known: false, reason: "the footer can't be read" });
  const pages = await withFooter((value) => walkPages(file, value));
  const content = await withFooter((value) => scanContent(given.duck, file.path, value));
  return { ...given, path: file.path, bytes: file.bytes, sha256, footer, pages, content };
}

async function learn<T>(find: () => Promise<T>): Promise<Learnt<T>> {
  try {
    return { known: true, value: await find() };
  } catch (error) {
    return { known: false, reason: oneLine(error), beyond: error instanceof NotJudged };
  }
}
