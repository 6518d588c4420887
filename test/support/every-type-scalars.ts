import type { EveryTypeColumn } from "./every-type-column.ts";

/** Types that aren't made of others, with edge values as the text that PostgreSQL reads. */

const LONG_TEXT = "0123456789abcdef".repeat(256);

type Row = readonly [name: string, type: string, edges: readonly string[], unrepresentable?: EveryTypeColumn["unrepresentable"]];

const both = (...values: string[]) => values.map((value) => ({ value, profiles: ["lake", "native"] as const }));
const native = (...values: string[]) => values.map((value) => ({ value, profiles: ["native"] as const }));

const NUMBERS: readonly Row[] = [
  ["bool", "bool", ["true", "false"]],
  ["int2", "int2", ["0", "1", "-1", "32767", "-32768"]],
  ["int4", "int4", ["0", "1", "-1", "2147483647", "-2147483648"]],
  ["int8", "int8", ["0", "-1", "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"]],
  ["oid", "oid", ["0", "1", "2147483647", "2147483648", "4294967295"]],
  ["float4", "float4", ["0", "-0", "0.1", "1e-45", "3.4028235e38", "NaN", "Infinity", "-Infinity"]],
  ["float8", "float8", ["0", "-0", "0.1", "5e-324", "1.7976931348623157e308", "NaN", "Infinity", "-Infinity"]],
  ["numeric_9_0", "numeric(9,0)", ["0", "1", "999999999", "-999999999"], both("NaN")],
  ["numeric_10_2", "numeric(10,2)", ["0", "0.01", "-0.10", "99999999.99", "-99999999.99", "10000", "1e7"], both("NaN")],
  ["numeric_18_4", "numeric(18,4)", ["0", "0.0001", "99999999999999.9999", "-99999999999999.9999"], both("NaN")],
  [
    "numeric_38_10",
    "numeric(38,10)",
    ["0", "0.0000000001", `-${"9".repeat(28)}.${"9".repeat(10)}`, "5004797815.15"],
    both("NaN"),
  ],
  ["numeric_38_38", "numeric(38,38)", ["0", `0.${"9".repeat(38)}`, `-0.${"0".repeat(37)}1`], both("NaN")],
  ["numeric_39_0", "numeric(39,0)", ["0", "9".repeat(39), `-${"9".repeat(39)}`, "NaN"]],
  ["numeric_3_5", "numeric(3,5)", ["0", "0.00999", "-0.00001"]],
  ["numeric_5_neg2", "numeric(5,-2)", ["0", "100", "-9999900"]],
  [
    "numeric",
    "numeric",
    ["0", "0.00", "-1.50", "5004797815.15", "1e-40", `1${"0".repeat(400)}.01`, "NaN", "Infinity", "-Infinity"],
  ],
  ["money", "money", ["0", "1.5", "-0.01", "92233720368547758.07", "-92233720368547758.08"]],
];

const TEXTS: readonly Row[] = [
  [
    "text",
    "text",
    ["", " ", "a", "NULL", "null", "\\N", 'it\'s "quoted", {braced} \\ and\tparted\n', "żółć 👩‍👩‍👧 \ufeff", LONG_TEXT],
  ],
  ["varchar_10", "varchar(10)", ["", "1234567890", "ąćęłńóśźż0"]],
  ["varchar", "varchar", ["", "a  ", "é"]],
  ["char_5", "char(5)", ["", "ab", "ab  ", "12345", "żółć"]],
  ["internal_char", '"char"', ["", "a", "'", "\\"]],
  ["name", "name", ["", "a", "x".repeat(63)]],
  ["bytea", "bytea", ["\\x", "\\x00", "\\xdeadbeef00ff", "\\x5c27220a"]],
  [
    "uuid",
    "uuid",
    ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
  ],
  ["json", "json", ["null", "1", '"a"', "[]", '{"b" : 1.50, "a": [null], "b": 2}', "1e400"]],
  ["jsonb", "jsonb", ["null", '""', "[]", "{}", '{"b": 1.50, "a": [null, true]}', "12345678901234567890.00000000000000000001"]],
  ["jsonpath", "jsonpath", ["$", 'strict $."a"[*] ? (@ > 1)']],
  [
    "xml",
    "xml",
    ["<a/>", "text & no root".replace("&", "&amp;"), "<a b='1'>ż</a>", '<?xml version="1.0" standalone="yes"?><a/>'],
  ],
  ["tsvector", "tsvector", ["", "a b", "'it''s':1A,2B fat:3"]],
  ["tsquery", "tsquery", ["", "a & !b | c:*A", "'it''s' <-> fat"]],
  ["refcursor", "refcursor", ["", "c1"]],
];

const TIMES: readonly Row[] = [
  [
    "date",
    "date",
    ["1970-01-01", "1969-12-31", "2000-01-01", "2000-02-29", "0001-01-01", "9999-12-31"],
    both("infinity", "-infinity"),
  ],
  ["time", "time", ["00:00", "00:00:00.000001", "12:34:56.789", "23:59:59.999999"], native("24:00")],
  ["time_3", "time(3)", ["00:00", "23:59:59.999"], native("24:00")],
  ["timetz", "timetz", ["00:00-15:59", "12:00:00.5+05:30", "24:00:00+15:59"]],
  [
    "timestamp",
    "timestamp",
    ["1970-01-01", "1969-12-31 23:59:59.999999", "2000-01-01 00:00:00.000001", "0001-01-01", "9999-12-31 23:59:59.999999"],
    both("infinity", "-infinity", "294276-12-31 23:59:59.999999"),
  ],
  [
    "timestamptz",
    "timestamptz",
    ["1970-01-01Z", "1969-12-31 23:59:59.999999Z", "2024-07-01 12:00+14", "0001-01-01Z", "9999-12-31 23:59:59.999999Z"],
    both("infinity", "-infinity", "294276-12-31 23:59:59.999999Z"),
  ],
  [
    "interval",
    "interval",
    ["0", "1 mon -1 day +00:00:01", "-1 year -2 mons +3 days -04:05:06.789", "178000000 years", "-178000000 years"],
  ],
];

const NETWORKS_AND_BITS: readonly Row[] = [
  ["inet", "inet", ["0.0.0.0/0", "192.168.1.1", "192.168.1.5/24", "::", "::1", "2001:db8::ff00:42:8329/64", "::ffff:1.2.3.4"]],
  ["cidr", "cidr", ["0.0.0.0/0", "10.0.0.0/8", "192.168.1.1/32", "2001:db8::/32"]],
  ["macaddr", "macaddr", ["00:00:00:00:00:00", "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"]],
  ["macaddr8", "macaddr8", ["00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05"]],
  ["bit", "bit", ["0", "1"]],
  ["bit_9", "bit(9)", ["000000000", "101010101"]],
  ["varbit", "varbit", ["", "1", "0101010101"]],
  ["varbit_5", "varbit(5)", ["", "11111"]],
];

const SHAPES: readonly Row[] = [
  ["point", "point", ["(0,0)", "(-1.5,1e300)", "(NaN,Infinity)"]],
  ["line", "line", ["{1,-1,0}"]],
  ["lseg", "lseg", ["[(0,0),(1,1)]"]],
  ["box", "box", ["(1,1),(0,0)", "(-1,-1),(-2,-2)"]],
  ["path", "path", ["[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"]],
  ["polygon", "polygon", ["((0,0),(1,1),(2,0))"]],
  ["circle", "circle", ["<(0,0),1>"]],
];

const RANGES: readonly Row[] = [
  ["int4range", "int4range", ["empty", "(,)", "[1,2)", "[-2147483648,)"]],
  ["int8range", "int8range", ["empty", "[1,9223372036854775807)"]],
  ["numrange", "numrange", ["empty", "(,1.50]", "[-Infinity,Infinity)", "[NaN,NaN]"]],
  ["tsrange", "tsrange", ["empty", "[2000-01-01 10:00,infinity)"]],
  ["tstzrange", "tstzrange", ["empty", "[2000-01-01 10:00+02,)"]],
  ["daterange", "daterange", ["empty", "[2000-01-01,2000-02-01)", "(,infinity)"]],
  ["int4multirange", "int4multirange", ["{}", "{[1,2),[5,)}"]],
  ["int8multirange", "int8multirange", ["{}", "{(,)}"]],
  ["nummultirange", "nummultirange", ["{}", "{[1.0,1.5],(2,3)}"]],
  ["tsmultirange", "tsmultirange", ["{}", "{[2000-01-01,2000-01-02)}"]],
  ["tstzmultirange", "tstzmultirange", ["{}", "{[2000-01-01 00:00Z,)}"]],
  ["datemultirange", "datemultirange", ["{}", "{[2000-01-01,2000-01-02)}"]],
];

const INTERNALS: readonly Row[] = [
  ["pg_lsn", "pg_lsn", ["0/0", "FFFFFFFF/FFFFFFFF"]],
  ["xid", "xid", ["0", "4294967295"]],
  ["xid8", "xid8", ["0", "18446744073709551615"]],
  ["cid", "cid", ["0", "4294967295"]],
  ["tid", "tid", ["(0,0)", "(4294967295,65535)"]],
  ["txid_snapshot", "txid_snapshot", ["10:20:10,14,15"]],
  ["pg_snapshot", "pg_snapshot", ["10:20:10,14,15"]],
  ["int2vector", "int2vector", ["", "1 -2 3"]],
  ["oidvector", "oidvector", ["", "1 4294967295"]],
  ["aclitem", "aclitem", ["=r/pg_monitor", "pg_monitor=r*/pg_monitor"]],
  ["regclass", "regclass", ["pg_class", "-", "4294967295"]],
  ["regcollation", "regcollation", ['"C"', "-"]],
  ["regconfig", "regconfig", ["english", "-"]],
  ["regdictionary", "regdictionary", ["simple", "-"]],
  ["regnamespace", "regnamespace", ["pg_catalog", "-"]],
  ["regoper", "regoper", ["||/", "0"]],
  ["regoperator", "regoperator", ["+(integer,integer)", "0"]],
  ["regproc", "regproc", ["now", "-"]],
  ["regprocedure", "regprocedure", ["abs(integer)", "-"]],
  ["regrole", "regrole", ["pg_monitor", "-"]],
  ["regtype", "regtype", ["integer", '"char"', "-"]],
];

const OF_EXTENSIONS: readonly Row[] = [
  ["hstore", "hstore", ["", "a=>1", "a=>NULL", '""=>"", b=>"NULL", "it\'s, \\"quoted\\""=>"ż=>"', "bb=>2, a=>1"]],
  ["citext", "citext", ["", "MiXed", "Ż"]],
  ["ltree", "ltree", ["", "a", "Top.Science.Astronomy"]],
  ["lquery", "lquery", ["*", "*.Astro*@.*{1,2}"]],
  ["ltxtquery", "ltxtquery", ["Europe & !Asia"]],
  ["cube", "cube", ["(1)", "(0, 0),(1, 1)"]],
  ["seg", "seg", ["1", "1.50 .. 2", "<3"]],
  ["lo", "lo", ["0", "4294967295"]],
  ["query_int", "query_int", ["1&(2|!3)"]],
  ["ean13", "ean13", ["978-0-393-04002-9"]],
  ["isbn", "isbn", ["0-393-04002-X"]],
];

const POSTGIS: readonly Row[] = [
  ["box2d", "box2d", ["BOX(0 0,1 1)"]],
  ["box3d", "box3d", ["BOX3D(0 0 0,1 1 1)"]],
];

export const EXTENSIONS = ["hstore", "citext", "ltree", "cube", "seg", "lo", "intarray", "isn"];

export function scalarColumns(options: { postgis: boolean }): EveryTypeColumn[] {
  const rows = [...NUMBERS, ...TEXTS, ...TIMES, ...NETWORKS_AND_BITS, ...SHAPES, ...RANGES, ...INTERNALS, ...OF_EXTENSIONS];
  if (options.postgis) rows.push(...POSTGIS);
  return rows.map(([name, type, edges, unrepresentable = []]) => ({ name, type, edges, unrepresentable }));
}
