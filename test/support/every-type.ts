import type { EveryTypeColumn } from "./every-type-column.ts";
import { EXTENSIONS, scalarColumns } from "./every-type-scalars.ts";

export interface EveryType {
  /** Extensions and types to create first, each a statement. */
  readonly prepare: readonly string[];
  /** Without `id`, the table's first column: int4, 0 for the row that is null throughout, then 1, 2, … */
  readonly columns: readonly EveryTypeColumn[];
  createTable(table: string): string;
  /** A row of nulls, and rows in which every column's edges come round. */
  insertEdges(table: string): string;
  /** A row, `id` given, that is null but for one column. */
  insertValue(table: string, id: number, column: EveryTypeColumn, value: string): string;
}

/** A table with every type that the product speaks of, and the edge values of each. PostGIS has to be asked for. */
export function everyType(options: { readonly postgis: boolean }): EveryType {
  const scalars = scalarColumns(options);
  const columns = [
    ...scalars,
    ...scalars.filter(({ name }) => !NOT_IN_ARRAYS.has(name)).map(arrayColumn),
    ...SHAPED_ARRAYS,
    ...USER_COLUMNS,
    ...(options.postgis ? GEOMETRIES : []),
  ];
  const rows = Math.max(...columns.map(({ edges }) => edges.length));
  const row = (id: number) => columns.map((column) => literal(column, column.edges[(id - 1) % column.edges.length]!));
  return {
    prepare: [...EXTENSIONS.map((name) => `CREATE EXTENSION IF NOT EXISTS ${name}`), ...USER_TYPES],
    columns,
    createTable: (table) =>
      `CREATE TABLE ${table} (id int4 NOT NULL${columns.map(({ name, type }) => `, ${name} ${type}`).join("")})`,
    insertEdges: (table) => {
      const edges = Array.from({ length: rows }, (_, i) => `(${i + 1}, ${row(i + 1).join(", ")})`);
      return `INSERT INTO ${table} VALUES (0${", NULL".repeat(columns.length)}), ${edges.join(", ")}`;
    },
    insertValue: (table, id, column, value) =>
      `INSERT INTO ${table} (id, ${column.name}) VALUES (${id}, ${literal(column, value)})`,
  };
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A value of a column as an SQL expression of its type. */
export function literal({ type }: EveryTypeColumn, value: string): string {
  return `${quote(value)}::${type}`;
}

/** A value's text within an array's. Source: PostgreSQL, "Array Input and Output Syntax". */
const quoteElement = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Types whose arrays would be one type twice (a modifier changes nothing in an array's form). */
const NOT_IN_ARRAYS = new Set(["varchar_10", "time_3", "numeric_3_5", "numeric_5_neg2", "bit_9", "varbit_5"]);

const bothProfiles = ["lake", "native"] as const;
const WITHOUT_COUNTERPART = (values: readonly string[]) => values.map((value) => ({ value, profiles: bothProfiles }));

/** T[]: empty, of a null, of all edges with a null among them; without a counterpart: other bounds, other dimensions, elements. */
function arrayColumn(scalar: EveryTypeColumn): EveryTypeColumn {
  const { name, type, edges, unrepresentable } = scalar;
  const delimiter = type === "box" ? ";" : type === "geometry" || type === "geography" ? ":" : ",";
  const array = (elements: readonly (string | null)[]) =>
    `{${elements.map((element) => (element === null ? "NULL" : quoteElement(element))).join(delimiter)}}`;
  const first = edges[0]!;
  const [half, rest] = [edges.slice(0, edges.length >> 1), edges.slice(edges.length >> 1)];
  return {
    name: `${name}_array`,
    type: `${type}[]`,
    edges: ["{}", array([null]), array([first]), array([...half, null, ...rest])],
    unrepresentable: [
      ...WITHOUT_COUNTERPART([`[0:0]=${array([first])}`, `[2:3]=${array([first, null])}`, `{${array([first])}}`]),
      ...unrepresentable.map(({ value, profiles }) => ({ value: array([first, value]), profiles })),
    ],
  };
}

const SHAPED_ARRAYS: readonly EveryTypeColumn[] = [
  {
    name: "int4_2d",
    type: "int4[][]",
    edges: ["{}", "{{1}}", "{{1,2,3},{NULL,5,6}}", "{{NULL},{NULL}}"],
    unrepresentable: WITHOUT_COUNTERPART(["{1,2}", "{{{1}}}", "[0:1][1:1]={{1},{2}}", "[1:1][5:6]={{1,2}}"]),
  },
  {
    name: "text_3d",
    type: "text[][][]",
    edges: ["{}", '{{{a,NULL},{"",b}}}', '{{{a},{b}},{{c},{NULL}},{{"NULL"},{f}}}'],
    unrepresentable: WITHOUT_COUNTERPART(["{a}", "{{a}}"]),
  },
  {
    name: "numeric_2d",
    type: "numeric(10,2)[][]",
    edges: ["{{1.5,NULL},{-99999999.99,0}}"],
    unrepresentable: WITHOUT_COUNTERPART(["{1.5}", "{{1,NaN}}"]),
  },
  {
    name: "interval_2d",
    type: "interval[][]",
    edges: ["{}", '{{"1 mon -1 day",NULL},{"0","00:00:01"}}'],
    unrepresentable: WITHOUT_COUNTERPART(['{"1 day"}', '[0:0][1:1]={{"1 day"}}']),
  },
  {
    name: "box_2d",
    type: "box[][]",
    edges: ['{{"(1,1),(0,0)";NULL};{"(2,2),(0,0)";"(1,1),(1,1)"}}'],
    unrepresentable: WITHOUT_COUNTERPART(['{"(1,1),(0,0)"}']),
  },
  {
    name: "native_pair_2d",
    type: "native_pair[][]",
    edges: ["{}", '{{"(1,a)",NULL},{"(,)","(2,\\"\\")"}}'],
    unrepresentable: WITHOUT_COUNTERPART(['{"(1,a)"}']),
  },
  {
    name: "mixed_2d",
    type: "mixed[][]",
    edges: ["{}", '{{"(1,,,,)",NULL},{"(,,,,)","(2,x,1 day,,)"}}'],
    unrepresentable: WITHOUT_COUNTERPART(['{"(1,,,,)"}', '[0:0][1:1]={{"(1,,,,)"}}']),
  },
];

/** Composites whose members all have a binary form here (native_*), and such that need the server's text for some (mixed, deep). */
const USER_TYPES: readonly string[] = [
  "CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s \"happy\", ż', '')",
  "CREATE TYPE native_pair AS (a int4, b text)",
  'CREATE TYPE native_deep AS (pair native_pair, pairs native_pair[], "odd ""name""" numeric(10,2), grid int4[][], tags hstore, m mood)',
  "CREATE TYPE mixed AS (a int4, b text, i interval, r int4range, n inet)",
  "CREATE TYPE deep AS (m mixed, ms mixed[], b bit(3)[], pair native_pair, boxes box[])",
  "CREATE TYPE hollow AS ()",
  'CREATE TYPE textrange AS RANGE (subtype = text, collation = "C")',
  "CREATE DOMAIN positive AS int4 CHECK (VALUE > 0)",
  "CREATE DOMAIN small_positive AS positive CHECK (VALUE < 1000)",
  "CREATE DOMAIN price AS numeric(10,2)",
  "CREATE DOMAIN moods AS mood",
  "CREATE DOMAIN grid AS int4[][]",
  "CREATE DOMAIN periods AS interval[]",
  "CREATE DOMAIN duration AS interval",
  "CREATE DOMAIN span AS int4range",
  "CREATE DOMAIN pair_domain AS native_pair",
  "CREATE DOMAIN mixed_domain AS mixed",
  "CREATE DOMAIN mixed_list AS mixed[]",
];

const column = (name: string, type: string, edges: readonly string[], unfit: readonly string[] = []): EveryTypeColumn => ({
  name,
  type,
  edges,
  unrepresentable: WITHOUT_COUNTERPART(unfit),
});

const MIXED = '(7,"a ""b"", (c)","1 mon -1 day","[1,5)",10.0.0.0/8)';
const NATIVE_DEEP = '("(1,"""")","{""(2,x)"",NULL,""(,)""}",1.50,"{{1,2},{3,NULL}}","a=>1, b=>NULL",ok)';
const DEEP = `(${quoteElement(MIXED)},"{""(1,,,,)"",NULL,""(,,,,)""}","{101,NULL}","(,)","{(1,1),(0,0);NULL}")`;

const USER_COLUMNS: readonly EveryTypeColumn[] = [
  column("mood", "mood", ["sad", "", 'it\'s "happy", ż']),
  column("mood_array", "mood[]", ["{}", '{sad,NULL,"","it\'s \\"happy\\", ż"}'], ["[0:0]={ok}"]),
  column("native_pair", "native_pair", ["(,)", '(1,"")', "(,a)", '(-1,"a ""b"", (c)")']),
  column("native_pair_array", "native_pair[]", ["{}", '{"(,)",NULL,"(1,\\"\\")","(2,x)"}'], ['[0:0]={"(,)"}']),
  column(
    "native_deep",
    "native_deep",
    ["(,,,,,)", NATIVE_DEEP, "(,{},,{},,)"],
    ['(,"[0:0]={""(1,)""}",,,,)', "(,,NaN,,,)", '(,,,"{1}",,)'],
  ),
  column("mixed", "mixed", ["(,,,,)", '(1,"",,,)', MIXED]),
  column("mixed_array", "mixed[]", ["{}", `{NULL,"(,,,,)",${quoteElement(MIXED)}}`], ['[2:2]={"(1,,,,)"}', '{{"(1,,,,)"}}']),
  column("deep", "deep", ["(,,,,)", DEEP, '(,"{}",{},,{})'], ['(,,"[0:0]={101}",,)', '(,"[0:0]={""(,,,,)""}",,,)']),
  column("deep_array", "deep[]", ["{}", `{NULL,"(,,,,)",${quoteElement(DEEP)}}`], ['{"(,,\\"[0:0]={101}\\",,)"}']),
  column("hollow", "hollow", ["()"]),
  column("hollow_array", "hollow[]", ["{}", '{NULL,"()"}']),
  column("textrange", "textrange", ["empty", '["",b)', '("it\'s, ""q""",)']),
  column("textrange_array", "textrange[]", ["{}", '{NULL,empty,"[a,b)"}']),
  column("textmultirange", "textmultirange", ["{}", "{[a,b),[c,)}"]),
  column("positive", "positive", ["1", "2147483647"]),
  column("small_positive", "small_positive", ["1", "999"]),
  column("small_positive_array", "small_positive[]", ["{}", "{1,NULL,999}"]),
  column("price", "price", ["0", "-99999999.99"], ["NaN"]),
  column("price_array", "price[]", ["{}", "{0,NULL,0.01}"], ["{NaN}"]),
  column("moods", "moods", ["sad", ""]),
  column("moods_array", "moods[]", ["{}", "{sad,NULL}"]),
  column("grid", "grid", ["{}", "{{1,2},{NULL,4}}"], ["{1}"]),
  column("grid_array", "grid[]", ["{}", '{"{{1,2},{NULL,4}}",NULL,"{}","{{7}}"}'], ['{"{1}"}']),
  column("periods", "periods", ["{}", '{"1 mon",NULL}'], ['{{"1 mon"}}']),
  column("periods_array", "periods[]", ["{}", '{"{\\"1 mon\\",NULL}",NULL,"{}"}'], ['{"{{1 mon}}"}']),
  column("duration", "duration", ["0", "1 mon"]),
  column("duration_array", "duration[]", ["{}", '{"1 mon",NULL}']),
  column("span", "span", ["empty", "[1,2)"]),
  column("span_array", "span[]", ["{}", '{empty,NULL,"[1,2)"}']),
  column("pair_domain", "pair_domain", ["(,)", '(1,"")']),
  column("pair_domain_array", "pair_domain[]", ["{}", '{"(,)",NULL,"(1,\\"\\")"}']),
  column("mixed_domain", "mixed_domain", ["(,,,,)", MIXED]),
  column("mixed_domain_array", "mixed_domain[]", ["{}", `{NULL,"(,,,,)",${quoteElement(MIXED)}}`]),
  column("mixed_list", "mixed_list", ["{}", '{NULL,"(1,,,,)"}'], ['{{"(1,,,,)"}}']),
  column("mixed_list_array", "mixed_list[]", ["{}", '{NULL,"{}","{NULL,\\"(1,,,,)\\"}"}']),
];

const PLANAR = [
  "POINT (1.5 -2)",
  "LINESTRING (0 0, 1 1, 2 0)",
  "POLYGON ((0 0, 4 0, 4 4, 0 0), (1 0.5, 2 0.5, 2 1, 1 0.5))",
  "MULTIPOINT (0 0, 1 1)",
  "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
  "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
  "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
  "POINT EMPTY",
  "POLYGON EMPTY",
  "GEOMETRYCOLLECTION EMPTY",
];
const CURVED = [
  "CIRCULARSTRING (0 0, 1 1, 2 0)",
  "COMPOUNDCURVE ((0 0, 1 1), CIRCULARSTRING (1 1, 2 2, 3 1))",
  "CURVEPOLYGON (CIRCULARSTRING (0 0, 4 0, 4 4, 0 4, 0 0))",
  "MULTICURVE ((0 0, 1 1), CIRCULARSTRING (1 1, 2 2, 3 1))",
  "MULTISURFACE (CURVEPOLYGON (CIRCULARSTRING (0 0, 4 0, 4 4, 0 4, 0 0)))",
  "POLYHEDRALSURFACE (((0 0, 0 1, 1 1, 0 0)))",
  "TRIANGLE ((0 0, 0 1, 1 1, 0 0))",
  "TIN (((0 0, 0 1, 1 1, 0 0)))",
];
const inSrid = (srid: number, values: readonly string[]) => values.map((value) => `SRID=${srid};${value}`);
const Z = ["POINT Z (1 2 3)", "LINESTRING Z (0 0 0, 1 1 1)", "POLYGON Z ((0 0 1, 4 0 1, 4 4 1, 0 0 1))"];
const M = ["POINT M (1 2 3)", "MULTIPOINT M (0 0 1, 1 1 2)"];
const ZM = ["POINT ZM (1 2 3 4)", "MULTIPOLYGON ZM (((0 0 1 2, 1 0 1 2, 1 1 1 2, 0 0 1 2)))"];

const FEW_GEOMETRIES = column("few_geoms", "geometry", inSrid(4326, PLANAR.slice(0, 3)), inSrid(4326, CURVED.slice(0, 1)));

const GEOMETRIES: readonly EveryTypeColumn[] = [
  column("geom", "geometry", inSrid(4326, [...PLANAR, ...Z, ...M, ...ZM]), inSrid(4326, CURVED)),
  column("geom_4326", "geometry(Geometry, 4326)", inSrid(4326, PLANAR), inSrid(4326, CURVED)),
  column("geom_3857", "geometry(Geometry, 3857)", inSrid(3857, PLANAR)),
  column("geom_no_srid", "geometry", PLANAR),
  column("geom_multipolygon", "geometry(MultiPolygon, 4326)", inSrid(4326, [PLANAR[5]!])),
  column("geom_z", "geometry(GeometryZ, 4326)", inSrid(4326, Z)),
  column("geom_m", "geometry(GeometryM, 4326)", inSrid(4326, M)),
  column("geom_zm", "geometry(GeometryZM, 4326)", inSrid(4326, ZM)),
  column("geog", "geography", inSrid(4326, [...PLANAR.slice(0, 7), ...Z, ...M, ...ZM])),
  column("geog_point", "geography(Point, 4326)", inSrid(4326, ["POINT (-180 90)", "POINT (0 0)"])),
  FEW_GEOMETRIES,
  arrayColumn(FEW_GEOMETRIES),
];
