import type { Facts, StreetAddress } from "./facts.ts";
import { area, centroid, type MultiPolygon } from "./geometry.ts";
import { type Land, layOut } from "./land.ts";
import { RURAL_COMMUNITIES, STREET_TYPES, STREETS, SUBDIVISIONS } from "./names.ts";
import { mailColumns, ownerColumns } from "./owners.ts";
import { type KnownValues, type ParcelValue, parcelRow } from "./parcel-columns.ts";
import type { Place } from "./places.ts";
import { type Random, seededRandom } from "./random.ts";
import type { LandUse } from "./shape.ts";
import { buildingColumns, valueColumns } from "./values.ts";

/** One row of a county's parcel table. */
export interface Parcel {
  /** In the order of the columns. */
  readonly values: readonly ParcelValue[];
  readonly geometry: MultiPolygon;
}

export interface ParcelOptions {
  /** Lots in town; ranches and acreage come on top. */
  readonly lots: number;
  readonly seed: string;
}

/** The day on which the county handed out its data; nothing in the rows depends on the day of the run. */
export const SOURCE_DATE = "2025-06-02";

/** Texas property classification codes. Source: Texas Comptroller, Property Classification Guide. */
const USES: Readonly<Record<LandUse, readonly [code: string, description: string, zoning: string]>> = {
  house: ["A1", "SINGLE FAMILY RESIDENCE", "SF-3"],
  vacant: ["C1", "VACANT LOT", "SF-2"],
  apartments: ["B1", "MULTI FAMILY", "MF-4"],
  shop: ["F1", "COMMERCIAL REAL PROPERTY", "CS-1"],
  park: ["XV", "EXEMPT, PUBLIC PARK", "P"],
  pond: ["XV", "EXEMPT, DRAINAGE", "P"],
  common: ["C1", "COMMON AREA", "PUD"],
  ranch: ["D1", "QUALIFIED AG LAND", "RR"],
  homestead: ["E1", "FARM & RANCH IMPROVEMENT", "RR"],
  acreage: ["E4", "RURAL LAND, NON QUALIFIED", "RR"],
};

/** All parcels of a county, the towns' first. The same options give the same rows, and each row draws from a seed of its own. */
export function* generateParcels(place: Place, outline: MultiPolygon, { lots, seed }: ParcelOptions): Generator<Parcel> {
  let number = 0;
  for (const land of layOut(place, outline, { lots, seed })) {
    number += 1;
    const random = seededRandom(`${seed}/${place.geoid}/parcel ${number}`);
    const facts = gatherFacts(place, land, random);
    const values = parcelRow([
      identityColumns(number, facts, random),
      useColumns(facts, random),
      buildingColumns(facts, random),
      valueColumns(facts, random),
      ownerColumns(facts, random),
      mailColumns(facts, random),
      siteColumns(facts, random),
      legalColumns(facts, random),
      placeColumns(facts, random),
      provenanceColumns(place, number, random),
    ]);
    yield { values, geometry: land.geometry };
  }
}

function gatherFacts(place: Place, land: Land, random: Random): Facts {
  const { town, number } = land.section;
  const isPlatted = land.block !== null;
  return {
    land,
    place,
    squareMetres: area(land.polygons),
    address: streetAddress(land, random),
    city: isPlatted ? town.name : random.chance(0.06) ? random.pick(RURAL_COMMUNITIES) : random.chance(0.5) ? town.name : null,
    zip: town.zips[number % town.zips.length]!,
    subdivision: isPlatted ? SUBDIVISIONS[number % SUBDIVISIONS.length]! : null,
  };
}

function streetAddress(land: Land, random: Random): StreetAddress | null {
  const { street, houseNumber, section } = land;
  if (street === null || houseNumber === null) {
    const hasAddress = land.use === "homestead" || (land.use === "acreage" && random.chance(0.3));
    return hasAddress
      ? { number: String(random.int(1000, 24999)), direction: null, street: `FM ${random.int(10, 3400)}`, type: "RD" }
      : null;
  }
  const name = (section.number * 7 + street) % (STREETS.length * STREET_TYPES.length);
  return {
    number: String(houseNumber + 1000 * (section.number % 19)),
    direction: section.number % 4 === 0 ? "N" : section.number % 4 === 1 ? "S" : null,
    street: STREETS[name % STREETS.length]!,
    type: STREET_TYPES[name % STREET_TYPES.length]!,
  };
}

function identityColumns(number: number, { place, land, city }: Facts, random: Random): KnownValues {
  const digits = (place.accountFormat.match(/#/g) ?? []).length;
  // A prime step through all numbers of that length: no account comes twice, and neighbours don't look like a count.
  const account = String((number * 7_368_787) % 10 ** digits).padStart(digits, "0");
  let position = 0;
  const parcelnumb = place.accountFormat.replace(/#/g, () => account.charAt(position++));
  const bare = parcelnumb.replaceAll("-", "");
  return {
    ogc_fid: number,
    geoid: place.geoid,
    parcelnumb,
    parcelnumb_no_formatting: bare,
    state_parcelnumb: random.chance(0.1) ? `TX${place.geoid}${bare}` : null,
    account_number: random.chance(0.7) ? `R${String(number).padStart(7, "0")}` : null,
    tax_id: random.chance(0.4) ? bare : null,
    alt_parcelnumb1: random.chance(0.25) ? random.digits(8) : null,
    alt_parcelnumb2: random.chance(0.04) ? random.digits(12) : null,
    alt_parcelnumb3: random.chance(0.002) ? random.digits(6) : null,
    ll_uuid: random.uuid(),
    ll_stable_id: random.chance(0.9) ? "preserved" : "geometry",
    path: `/us/tx/${place.county}/${(city ?? land.section.town.name)
      .normalize("NFD")
      .replace(/[^A-Za-z]+/g, "")
      .toLowerCase()}/${number}`,
  };
}

function useColumns({ land, subdivision }: Facts, random: Random): KnownValues {
  const [usecode, usedesc, zoning] = USES[land.use];
  const isZoned = subdivision !== null && random.chance(0.8);
  return {
    usecode: random.chance(0.97) ? usecode : null,
    usedesc: random.chance(0.9) ? usedesc : null,
    zoning: isZoned ? zoning : null,
    zoning_description: isZoned ? `${zoning} district, § 25-2-${50 + zoning.length}` : null,
    zoning_type: isZoned ? (land.use === "shop" ? "Commercial" : land.use === "park" ? "Special" : "Residential") : null,
    zoning_subtype: isZoned && random.chance(0.5) ? (land.use === "apartments" ? "Multi Family" : "Single Family") : null,
    zoning_id: isZoned ? 100 + land.section.number : null,
  };
}

function siteColumns({ land, place, address, city, zip }: Facts, random: Random): KnownValues {
  const common = { county: place.county, state2: "TX", city: city?.toLowerCase().replaceAll(" ", "-") ?? null };
  if (address === null) return common;
  const unit = land.use === "apartments" || random.chance(0.01) ? `#${random.int(1, 40)}` : null;
  const line = [address.number, address.direction, address.street, address.type, unit].filter((part) => part !== null).join(" ");
  return {
    ...common,
    address: line,
    saddno: address.number,
    saddpref: address.direction,
    saddstr: address.street,
    saddsttyp: address.type,
    sunit: unit,
    scity: city?.toUpperCase() ?? null,
    szip: random.chance(0.3) ? `${zip}-${random.digits(4)}` : zip,
    szip5: zip,
    original_address: random.chance(0.6) ? `${line}, ${city ?? ""} TX ${zip}` : null,
    ll_address_count: land.use === "apartments" ? random.int(2, 400) : 1,
    location_name: land.use === "shop" && random.chance(0.1) ? "Mercado “El Cañón” № 4" : null,
    address_source: random.chance(0.85) ? "county" : "openaddresses",
    rdi: random.chance(0.7) ? (land.use === "shop" ? "C" : "R") : null,
    dpv_status: random.chance(0.7) ? "V" : null,
    dpv_codes: random.chance(0.65) ? "AABB" : null,
    dpv_notes: random.chance(0.05) ? "Confirmed; secondary number missing" : null,
    dpv_type: random.chance(0.65) ? (land.use === "apartments" ? "H" : "S") : null,
    usps_vacancy: land.use === "vacant" && random.chance(0.5) ? "Y" : random.chance(0.6) ? "N" : null,
    usps_vacancy_date: random.chance(0.6) ? SOURCE_DATE : null,
  };
}

function legalColumns({ land, squareMetres, subdivision }: Facts, random: Random): KnownValues {
  const isRecorded = random.chance(0.55);
  return {
    legaldesc: legalDescription(land, squareMetres, subdivision, random),
    subdivision,
    block: land.block === null ? null : blockLetters(land.block),
    lot: land.lot === null ? null : String(land.lot),
    plat: subdivision !== null && random.chance(0.4) ? `${random.int(1, 99)}/${random.int(1, 399)}` : null,
    book: isRecorded ? String(random.int(1, 19999)).padStart(5, "0") : null,
    page: isRecorded ? String(random.int(1, 999)).padStart(4, "0") : null,
    neighborhood: subdivision !== null && random.chance(0.6) ? `${subdivision} ${land.section.town.name.toUpperCase()}` : null,
    neighborhood_code: random.chance(0.6)
      ? `${land.section.town.name.charAt(0)}${String(land.section.number).padStart(4, "0")}`
      : null,
  };
}

/** As clerks type it: mostly one line, at times several, now and then with inches, tabs or a stray backslash. */
function legalDescription(land: Land, squareMetres: number, subdivision: string | null, random: Random): string | null {
  if (random.chance(0.02)) return null;
  const acres = (squareMetres / SQUARE_METRES_PER_ACRE).toFixed(4);
  if (subdivision === null) {
    const text = `ABS ${random.int(1, 899)} SUR ${random.int(1, 99)} GARCÍA J M ACR ${acres}`;
    return random.chance(0.02) ? `${text}\nLESS .5 AC IN R\\O\\W\t(SEE DEED)` : text;
  }
  const text = `LOT ${land.lot ?? 1} BLK ${blockLetters(land.block ?? 1)} ${subdivision} SEC ${land.section.number}`;
  return random.chance(0.01) ? `${text} *LESS N 12'6" & W½ OF ALLEY` : text;
}

/** 1 → A, 27 → AA. */
function blockLetters(block: number): string {
  const letter = String.fromCharCode(65 + ((block - 1) % 26));
  return block > 26 ? blockLetters(Math.floor((block - 1) / 26)) + letter : letter;
}

const SQUARE_METRES_PER_ACRE = 4046.8564224;
const SQUARE_FEET_PER_SQUARE_METRE = 10.7639104;

function placeColumns({ land, place, squareMetres, zip }: Facts, random: Random): KnownValues {
  const [lon, lat] = centroid(land.geometry);
  const acres = squareMetres / SQUARE_METRES_PER_ACRE;
  const tract = `${place.geoid}${String(100 + (land.section.number % 900)).padStart(4, "0")}${random.pick(["00", "01", "02"])}`;
  const zone = random.weighted({ X: land.use === "ranch" ? 60 : 93, AE: land.use === "ranch" ? 30 : 5, A: 2 });
  const elevation = Math.round(random.between(15, 330) * 10) / 10;
  const hasElevation = random.chance(0.3);
  return {
    lat: lat.toFixed(6),
    lon: lon.toFixed(6),
    ll_gisacre: Math.round(acres * 1e5) / 1e5,
    ll_gissqft: Math.round(squareMetres * SQUARE_FEET_PER_SQUARE_METRE),
    gisacre: random.chance(0.7) ? acres * random.between(0.98, 1.02) : null,
    sqft: random.chance(0.5) ? Math.round(squareMetres * SQUARE_FEET_PER_SQUARE_METRE * random.between(0.98, 1.02)) : null,
    recrdareano: random.chance(0.4) ? Math.round(acres * 1000) / 1000 : null,
    fema_flood_zone: random.chance(0.95) ? zone : null,
    fema_flood_zone_subtype: zone === "AE" && random.chance(0.3) ? "FLOODWAY" : null,
    fema_flood_zone_data_date: random.chance(0.95) ? "2025-01-17" : null,
    highest_parcel_elevation: hasElevation ? elevation + Math.round(random.between(0, 20) * 10) / 10 : null,
    lowest_parcel_elevation: hasElevation ? elevation : null,
    qoz: random.chance(0.9) ? (land.section.number % 11 === 0 ? "Yes" : "No") : null,
    qoz_tract: land.section.number % 11 === 0 ? tract : null,
    census_tract: tract,
    census_block: `${tract}${random.int(1, 4)}${String(random.int(0, 99)).padStart(3, "0")}`,
    census_blockgroup: `${tract}${random.int(1, 4)}`,
    census_zcta: zip,
  };
}

function provenanceColumns(place: Place, number: number, random: Random): KnownValues {
  const updatedAt = new Date(Date.UTC(2025, 5, 3, 2, 0, 0, 0) + number * 137).toISOString().slice(0, -1);
  return {
    sourceagent: `${place.county.charAt(0).toUpperCase()}${place.county.slice(1)} Central Appraisal District`,
    sourceref: random.chance(0.08) ? `INST ${random.digits(10)}` : null,
    sourceurl: random.chance(0.5) ? `https://example.org/${place.county}/${number}` : null,
    sourcedate: SOURCE_DATE,
    reviseddate: random.chance(0.3) ? `${random.int(2012, 2024)}-${String(random.int(1, 12)).padStart(2, "0")}-15` : null,
    ll_last_refresh: "2025-06-03",
    ll_updated_at: `${updatedAt}${random.digits(3)}Z`,
  };
}
