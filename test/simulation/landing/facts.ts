import type { Current } from "../../../src/ledger/current.ts";
import type { Landing } from "../../../src/ledger/landing.ts";
import { landingFolder, objectFolder } from "../../../src/ledger/paths.ts";
import type { RunPlan } from "../../../src/ledger/plan.ts";
import type { Receipt } from "../../../src/ledger/receipts.ts";
import type { Change, Stored } from "../world/store.ts";

/** The object that everything in a simulated world is about. */
export const OBJECT = "parcel";

/** What a change in the store was, as the ledger means it. */
export type Meaning =
  | { readonly of: "landing"; readonly before: Landing | null; readonly after: Landing | null }
  | { readonly of: "current"; readonly before: Current | null; readonly after: Current | null }
  | { readonly of: "plan"; readonly before: RunPlan | null; readonly after: RunPlan | null }
  | { readonly of: "receipt"; readonly after: Receipt | null }
  | { readonly of: "data" }
  | { readonly of: "other" };

const FOLDER = objectFolder(OBJECT);
const LANDINGS = landingFolder(OBJECT);

export function meaningOf({ key, before, after }: Pick<Change, "key" | "before" | "after">): Meaning {
  if (!key.startsWith(FOLDER)) return { of: "data" };
  if (key.startsWith(LANDINGS)) return { of: "landing", before: parsed(before), after: parsed(after) };
  if (key.endsWith("/current.json")) return { of: "current", before: parsed(before), after: parsed(after) };
  if (key.endsWith("/plan.json")) return { of: "plan", before: parsed(before), after: parsed(after) };
  if (key.includes("/landed/")) return { of: "receipt", after: parsed(after) };
  return { of: "other" };
}

/** Each document is parsed once, however often it is looked at. The schemas are the code's affair. */
const documents = new WeakMap<Stored, unknown>();

function parsed<T>(stored: Stored | null): T | null {
  if (stored === null) return null;
  let document = documents.get(stored);
  if (document === undefined) {
    document = JSON.parse(Buffer.from(stored.body).toString());
    documents.set(stored, document);
  }
  return document as T;
}
