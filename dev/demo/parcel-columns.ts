/**
 * Columns of a county's parcel table, in order, with their PostgreSQL types: most are text, most of them sparse. `wkb_geometry` is
 * the last one, and its type depends on whether the server has PostGIS. Source: "The Regrid Parcel Schema", versions 15 and 16.
 */
const COLUMNS = {
  ogc_fid: "integer",
  geoid: "text",
  parcelnumb: "text",
  parcelnumb_no_formatting: "text",
  state_parcelnumb: "text",
  account_number: "text",
  tax_id: "text",
  alt_parcelnumb1: "text",
  alt_parcelnumb2: "text",
  alt_parcelnumb3: "text",
  usecode: "text",
  usedesc: "text",
  zoning: "text",
  zoning_description: "text",
  zoning_type: "text",
  zoning_subtype: "text",
  zoning_id: "integer",
  struct: "boolean",
  multistruct: "boolean",
  structno: "integer",
  yearbuilt: "integer",
  numstories: "double precision",
  numunits: "integer",
  numrooms: "integer",
  structstyle: "text",
  parvaltype: "text",
  improvval: "double precision",
  landval: "double precision",
  parval: "double precision",
  agval: "double precision",
  homestead_exemption: "text",
  saleprice: "numeric(14,2)",
  saledate: "date",
  taxamt: "numeric(12,2)",
  taxyear: "text",
  owntype: "text",
  owner: "text",
  ownfrst: "text",
  ownlast: "text",
  owner2: "text",
  owner3: "text",
  owner4: "text",
  previous_owner: "text",
  careof: "text",
  mailadd: "text",
  mail_address2: "text",
  mail_addno: "text",
  mail_addstr: "text",
  mail_addsttyp: "text",
  mail_unit: "text",
  mail_city: "text",
  mail_state2: "text",
  mail_zip: "text",
  mail_country: "text",
  address: "text",
  address2: "text",
  saddno: "text",
  saddpref: "text",
  saddstr: "text",
  saddsttyp: "text",
  saddstsuf: "text",
  sunit: "text",
  scity: "text",
  original_address: "text",
  city: "text",
  county: "text",
  state2: "text",
  szip: "text",
  szip5: "text",
  urbanization: "text",
  ll_address_count: "integer",
  location_name: "text",
  address_source: "text",
  legaldesc: "text",
  plat: "text",
  book: "text",
  page: "text",
  block: "text",
  lot: "text",
  neighborhood: "text",
  neighborhood_code: "text",
  subdivision: "text",
  lat: "text",
  lon: "text",
  fema_flood_zone: "text",
  fema_flood_zone_subtype: "text",
  fema_flood_zone_data_date: "date",
  highest_parcel_elevation: "double precision",
  lowest_parcel_elevation: "double precision",
  qoz: "text",
  qoz_tract: "text",
  census_tract: "text",
  census_block: "text",
  census_blockgroup: "text",
  census_zcta: "text",
  ll_last_refresh: "date",
  sourcedate: "date",
  sourceref: "text",
  sourceurl: "text",
  sourceagent: "text",
  reviseddate: "date",
  recrdareano: "double precision",
  gisacre: "double precision",
  ll_gisacre: "double precision",
  sqft: "bigint",
  ll_gissqft: "bigint",
  ll_bldg_footprint_sqft: "integer",
  ll_bldg_count: "integer",
  rdi: "text",
  dpv_status: "text",
  dpv_codes: "text",
  dpv_notes: "text",
  dpv_type: "text",
  usps_vacancy: "text",
  usps_vacancy_date: "date",
  path: "text",
  ll_stable_id: "text",
  ll_uuid: "uuid",
  ll_updated_at: "timestamp with time zone",
} as const;

export type ParcelColumn = keyof typeof COLUMNS;

export const PARCEL_COLUMNS = Object.entries(COLUMNS) as readonly (readonly [name: ParcelColumn, type: string])[];

/** Position of a column in a row. */
export const PARCEL_COLUMN_INDEX = Object.fromEntries(PARCEL_COLUMNS.map(([name], index) => [name, index])) as Readonly<
  Record<ParcelColumn, number>
>;

/** Dates as `YYYY-MM-DD`, timestamps as ISO 8601 with `Z`, decimals as text. */
export type ParcelValue = string | number | boolean | null;

/** What somebody wrote down of a parcel. */
export type KnownValues = { readonly [Column in ParcelColumn]?: ParcelValue };

/** A row in the order of the columns, null where nobody wrote anything. (An object of 120 keys would be made ten times more slowly.) */
export function parcelRow(known: readonly KnownValues[]): ParcelValue[] {
  const row: ParcelValue[] = new Array(PARCEL_COLUMNS.length).fill(null);
  for (const values of known) {
    for (const name in values) row[PARCEL_COLUMN_INDEX[name as ParcelColumn]] = values[name as ParcelColumn]!;
  }
  return row;
}
