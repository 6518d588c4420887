/** What clerks of Texas counties write, accents included. */

function words(text: string): readonly string[] {
  return text.split(",").map((word) => word.trim());
}

export const SURNAMES =
  words(`GARCÍA, SMITH, MARTÍNEZ, JOHNSON, RODRÍGUEZ, WILLIAMS, HERNÁNDEZ, BROWN, LÓPEZ, JONES, GONZÁLEZ, DAVIS, PEÑA,
  MILLER, MUÑOZ, NGUYEN, TRẦN, WILSON, ANDERSON, TREVIÑO, THOMAS, CANTÚ, TAYLOR, MOORE, O'BRIEN, JACKSON, MCDONALD, KÖHLER, SCHÄFER, LEE,
  PATEL, KIM, SÁNCHEZ, RAMÍREZ, ORTIZ, ST. JOHN, DE LA CRUZ, VAN ZANDT, DVOŘÁK, NOVÁK, KHAN, WASHINGTON, BOUDREAUX, ZÚÑIGA`);

export const FIRST_NAMES =
  words(`JAMES, MARÍA, JOHN, JOSÉ, MARY, ROBERT, PATRICIA, JUAN, JENNIFER, MICHAEL, LINDA, LUIS, WILLIAM, ELIZABETH, JESÚS,
  BARBARA, DAVID, SUSAN, CARLOS, RICHARD, JESSICA, ANDRÉS, JOSEPH, SARAH, THOMAS, KAREN, INÉS, MINH, ANH, PRIYA, WEI, FÁTIMA, SEÁN, ZOË`);

export const COMPANIES =
  words(`LONE STAR, BLUEBONNET, PECAN GROVE, CAÑÓN CREEK, RÍO BRAVO, LIVE OAK, MESQUITE, BRAZOS, GULF COAST, HILL COUNTRY, SAN JACINTO,
  TRINITY RIVER, LA PEÑITA, SEÑOR BARBACOA, CAFÉ AMISTAD, YELLOW ROSE`);

export const COMPANY_FORMS = words(
  "HOLDINGS LLC, PROPERTIES LP, INVESTMENTS INC, HOMES LTD, REALTY TRUST, DEVELOPMENT LLC, RANCH LTD, PARTNERS LP",
);

export const STREETS =
  words(`MAIN, OAK, ELM, CEDAR, PECAN, HOUSTON, TRAVIS, CROCKETT, BOWIE, LAMAR, AUSTIN, CAÑÓN, PEÑITAS, SAN JOSÉ, GUADALUPE, NUECES, RÍO GRANDE, COLORADO,
  MAGNOLIA, BLUEBONNET, LOCKHART, CÉSAR CHÁVEZ, MARTIN LUTHER KING JR, WESTHEIMER, BELLAIRE, GASTON, LIVE OAK, ROSS, PFLUGER, VISTA, SUNSET, LAKEVIEW, MEADOW, PRAIRIE, RANCH,
  LA SEÑA, MONTOPOLIS, KÖNIG, SHOAL CREEK, BARTON HILLS`);

export const STREET_TYPES = words("ST, AVE, DR, LN, CT, BLVD, RD, TRL, CV, WAY");

export const SUBDIVISIONS =
  words(`BARTON HILLS, LAKEVIEW ESTATES, CAÑÓN VISTA, RIVER OAKS, MEADOW CREEK, SUNSET HEIGHTS, PEÑITAS RANCH, OAK FOREST, PRAIRIE CROSSING,
  LAS COLINAS, CEDAR BLUFF, HACIENDA DEL SEÑOR, WOODLAND PARK, STEINER RANCH, TANGLEWOOD, HIGHLAND ACRES`);

/** Where owners who live elsewhere get their mail. */
export const FAR_TOWNS: readonly {
  readonly city: string;
  readonly state: string;
  readonly zip: string;
  readonly country?: string;
}[] = [
  { city: "PEÑITAS", state: "TX", zip: "78576" },
  { city: "SAN ANTONIO", state: "TX", zip: "78205" },
  { city: "EL PASO", state: "TX", zip: "79901" },
  { city: "CAÑON CITY", state: "CO", zip: "81212" },
  { city: "LA CAÑADA FLINTRIDGE", state: "CA", zip: "91011" },
  { city: "ESPAÑOLA", state: "NM", zip: "87532" },
  { city: "BOSTON", state: "MA", zip: "02108" },
  { city: "NEW YORK", state: "NY", zip: "10001" },
  { city: "MAYAGÜEZ", state: "PR", zip: "00680" },
  { city: "MONTRÉAL", state: "QC", zip: "H2Y 1C6", country: "CANADA" },
];

/** Communities outside any town's limits. */
export const RURAL_COMMUNITIES = words("Cañón, Peñitas, Webberville, Hornsby Bend, Spicewood Springs");
