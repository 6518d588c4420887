import type { Facts } from "./facts.ts";
import type { KnownValues } from "./parcel-columns.ts";
import type { Random } from "./random.ts";
import type { LandUse } from "./shape.ts";

const BUILT_UPON: ReadonlySet<LandUse> = new Set(["house", "apartments", "shop", "homestead"]);

export function buildingColumns({ land, squareMetres }: Facts, random: Random): KnownValues {
  if (!BUILT_UPON.has(land.use)) return { struct: random.chance(0.8) ? false : null, ll_bldg_count: 0 };
  const isHome = land.use === "house" || land.use === "homestead";
  const buildings = isHome ? random.int(1, 2) : random.int(1, 12);
  const storeys = isHome ? random.pick([1, 1, 1, 1.5, 2, 2]) : random.int(1, 24);
  const footprint = Math.min(squareMetres * random.between(0.18, 0.42), random.skewed(isHome ? 210 : 2400, 0.4));
  return {
    struct: true,
    multistruct: random.chance(0.8) ? buildings > 1 : null,
    structno: random.chance(0.5) ? buildings : null,
    yearbuilt: random.chance(0.85) ? Math.max(1838, Math.round(2024 - random.skewed(28, 0.8))) : null,
    numstories: random.chance(0.6) ? storeys : null,
    numunits: isHome ? (random.chance(0.3) ? 1 : null) : random.int(1, 400),
    numrooms: isHome && random.chance(0.2) ? random.int(3, 11) : null,
    structstyle: random.chance(0.15) ? random.pick(["RANCH", "CRAFTSMAN", "MODERN", "SPANISH", "TUDOR"]) : null,
    ll_bldg_footprint_sqft: Math.round(footprint * 10.7639104),
    ll_bldg_count: buildings,
  };
}

/** What the appraisal district thinks it is worth: dear in the centre of town, cheap in the country, with a long tail. */
export function valueColumns({ land, squareMetres }: Facts, random: Random): KnownValues {
  if (land.use === "park" || land.use === "pond")
    return { landval: 0, improvval: 0, parval: 0, parvaltype: "EXEMPT", taxyear: "2025" };
  const dollarsPerSquareMetre = (land.block === null ? 3 : 330) * Math.exp(-land.section.townMetres / 14_000);
  const landval = Math.round(squareMetres * random.skewed(dollarsPerSquareMetre, 0.35));
  const improvval = BUILT_UPON.has(land.use) ? Math.round(random.skewed(land.use === "house" ? 265_000 : 900_000, 0.6)) : 0;
  const parval = landval + improvval;
  return {
    landval,
    improvval: improvval === 0 && random.chance(0.5) ? null : improvval,
    parval,
    parvaltype: random.chance(0.7) ? "APPRAISED" : null,
    agval: land.use === "ranch" ? (squareMetres / 4046.8564224) * random.between(38, 140) : null,
    homestead_exemption: land.use === "house" && random.chance(0.6) ? "HS" : null,
    taxyear: random.chance(0.95) ? "2025" : "2024",
    taxamt: random.chance(0.5) ? (parval * random.between(0.017, 0.024)).toFixed(2) : null,
    ...saleColumns(parval, random),
  };
}

/** Texas doesn't make sellers tell the price, so most sales have a date alone. */
function saleColumns(parval: number, random: Random): KnownValues {
  if (random.chance(0.3)) return {};
  const daysAgo = Math.min(14_000, Math.round(random.skewed(2_900, 0.9)));
  return {
    saledate: new Date(Date.UTC(2025, 4, 30) - daysAgo * 86_400_000).toISOString().slice(0, 10),
    saleprice: random.chance(0.35) ? (parval * Math.exp(-daysAgo / 9_000) * random.between(0.8, 1.15)).toFixed(2) : null,
  };
}
