import type { Land } from "./land.ts";
import type { Place } from "./places.ts";

/** What one function writes of a parcel needs to know of the others: made once for each parcel. */
export interface Facts {
  readonly land: Land;
  readonly place: Place;
  readonly squareMetres: number;
  /** `1204 CAÑÓN DR` in parts; null without an address. */
  readonly address: StreetAddress | null;
  /** Town or community; null where nobody wrote one. */
  readonly city: string | null;
  readonly zip: string;
  readonly subdivision: string | null;
}

/** In the parts that a row has columns of. */
export interface StreetAddress {
  readonly number: string;
  readonly direction: string | null;
  readonly street: string;
  readonly type: string;
}
