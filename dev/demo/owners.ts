import type { Facts } from "./facts.ts";
import { COMPANIES, COMPANY_FORMS, FAR_TOWNS, FIRST_NAMES, STREET_TYPES, STREETS, SURNAMES } from "./names.ts";
import type { KnownValues } from "./parcel-columns.ts";
import type { Random } from "./random.ts";

type Owner = "person" | "company" | "city" | "association";

function ownerKind({ land }: Facts, random: Random): Owner {
  if (land.use === "park" || land.use === "pond") return "city";
  if (land.use === "common") return "association";
  if (land.use === "shop" || land.use === "apartments") return random.chance(0.9) ? "company" : "person";
  return random.chance(0.86) ? "person" : "company";
}

export function ownerColumns(facts: Facts, random: Random): KnownValues {
  const kind = ownerKind(facts, random);
  const previous = {
    previous_owner: random.chance(0.2) ? `${random.pick(SURNAMES)} ${random.pick(FIRST_NAMES)}` : null,
    careof: random.chance(0.03) ? `% ${random.pick(SURNAMES)} TAX SERVICE` : null,
  };
  if (kind === "person") return { ...previous, owntype: "INDIVIDUAL", ...personColumns(random) };
  const name = {
    company: () => `${random.pick(COMPANIES)} ${random.pick(COMPANY_FORMS)}`,
    city: () => `CITY OF ${facts.land.section.town.name.toUpperCase()}`,
    association: () => `${random.pick(COMPANIES)} HOME OWNERS ASSN INC`,
  }[kind]();
  return { ...previous, owntype: kind === "city" ? "MUNICIPALITY" : "COMPANY", owner: name };
}

function personColumns(random: Random): KnownValues {
  const last = random.pick(SURNAMES);
  const first = random.pick(FIRST_NAMES);
  const spouse = random.chance(0.45) ? random.pick(FIRST_NAMES) : null;
  const isSplit = random.chance(0.6);
  return {
    owner: spouse === null ? `${last} ${first}` : `${last} ${first} & ${spouse}`,
    ownfrst: isSplit ? first : null,
    ownlast: isSplit ? last : null,
    owner2: spouse === null ? null : `${last} ${spouse}`,
    owner3: random.chance(0.01) ? `${last} ${random.pick(FIRST_NAMES)} ESTATE` : null,
    owner4: random.chance(0.001) ? `${random.pick(SURNAMES)} FAMILY TRUST` : null,
  };
}

/** Where the tax bill goes: mostly to the parcel itself, often to another place. */
export function mailColumns({ address, city, zip }: Facts, random: Random): KnownValues {
  if (random.chance(0.01)) return {};
  if (address !== null && city !== null && random.chance(0.7)) {
    return {
      mailadd: [address.number, address.direction, address.street, address.type].filter((part) => part !== null).join(" "),
      mail_addno: address.number,
      mail_addstr: address.street,
      mail_addsttyp: address.type,
      mail_city: city.toUpperCase(),
      mail_state2: "TX",
      mail_zip: zip,
    };
  }
  const far = random.pick(FAR_TOWNS);
  const [number, street, type] = [String(random.int(1, 9999)), random.pick(STREETS), random.pick(STREET_TYPES)];
  const unit = random.chance(0.15) ? `STE ${random.int(100, 999)}` : null;
  const box = { mailadd: `PO BOX ${random.int(1, 99999)}` };
  const door = { mailadd: `${number} ${street} ${type}`, mail_addno: number, mail_addstr: street, mail_addsttyp: type };
  return {
    ...(random.chance(0.2) ? box : door),
    mail_address2: unit,
    mail_unit: unit,
    mail_city: far.city,
    mail_state2: far.state,
    mail_zip: far.zip,
    mail_country: far.country ?? null,
  };
}
