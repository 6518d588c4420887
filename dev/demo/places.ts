import type { Position } from "./geometry.ts";

/** What the generator knows of a county that it fills with parcels. */
export interface Place {
  readonly geoid: string;
  readonly county: string;
  /** Source: United States census of 2020. */
  readonly population: number;
  /** Degrees by which the street grid is turned, counter-clockwise: few towns of Texas look due north. */
  readonly gridDegrees: number;
  /** How the appraisal district writes an account: `#` is a digit; the first ones are often zeros. */
  readonly accountFormat: string;
  readonly towns: readonly Town[];
}

export interface Town {
  readonly name: string;
  readonly zips: readonly string[];
  /** Longitude and latitude of the city hall, about. */
  readonly centre: Position;
  /** How far its streets reach compared with the county's other towns. */
  readonly weight: number;
}

function town(name: string, zips: string, centre: Position, weight: number): Town {
  return { name, zips: zips.split(" "), centre, weight };
}

/** The three counties of the demo. */
export const PLACES: readonly Place[] = [
  {
    geoid: "48453",
    county: "travis",
    population: 1_290_188,
    gridDegrees: 16,
    accountFormat: "0#-####-####",
    towns: [
      town("Austin", "78701 78702 78703 78704 78705 78722 78723 78731 78741 78745", [-97.7431, 30.2672], 6),
      town("Pflugerville", "78660", [-97.62, 30.4394], 2),
      town("Lakeway", "78734 78738", [-97.9917, 30.368], 1.5),
      town("Manor", "78653", [-97.5567, 30.3408], 1),
      town("Lago Vista", "78645", [-97.9884, 30.4602], 1),
    ],
  },
  {
    geoid: "48201",
    county: "harris",
    population: 4_731_145,
    gridDegrees: -3,
    accountFormat: "0##-###-###-####",
    towns: [
      town("Houston", "77002 77004 77006 77007 77008 77019 77024 77036 77057 77098", [-95.3698, 29.7604], 8),
      town("Pasadena", "77502 77503 77504 77506", [-95.2091, 29.6911], 2.5),
      town("Baytown", "77520 77521", [-94.9774, 29.7355], 1.5),
      town("Humble", "77338 77346", [-95.2622, 29.9988], 1.2),
      town("Tomball", "77375 77377", [-95.6161, 30.0972], 1),
      town("Katy", "77449 77450", [-95.7845, 29.7858], 1.5),
    ],
  },
  {
    geoid: "48113",
    county: "dallas",
    population: 2_613_539,
    gridDegrees: 0,
    accountFormat: "00000#########000",
    towns: [
      town("Dallas", "75201 75204 75206 75208 75214 75216 75219 75223 75228 75230", [-96.797, 32.7767], 6),
      town("Irving", "75038 75060 75061 75062", [-96.9489, 32.814], 2.5),
      town("Garland", "75040 75041 75042 75043", [-96.6389, 32.9126], 2.5),
      town("Mesquite", "75149 75150", [-96.5992, 32.7668], 1.5),
      town("Cedar Hill", "75104", [-96.9561, 32.5885], 1),
    ],
  },
];
