import type { TestDatabase } from "../support/postgres.ts";

const POINT = "\\x0101000020e6100000000000000000f03f0000000000000040";
/** Tables that one statement makes. */
const AT_ONCE = 100;

/** A lookup of so many counties, as config/ describes it, and a table of three parcels for each. */
export async function makeSource(database: TestDatabase, counties: number): Promise<string[]> {
  const geoids = Array.from({ length: counties }, (_, i) => String(1001 + i).padStart(5, "0"));
  await database.query(
    `CREATE TABLE public.verse (id int PRIMARY KEY, admin0 text, admin1 text, admin2 text, admin3 text, geoid text, table_name text,
       filename_stem text, total_objects int, last_refresh date, wkb_geometry bytea)`,
  );
  for (let from = 0; from < counties; from += AT_ONCE) {
    await database.query(
      geoids
        .slice(from, from + AT_ONCE)
        .map((geoid, i) => countySql(geoid, from + i))
        .join("\n"),
    );
  }
  return geoids;
}

function countySql(geoid: string, id: number): string {
  return `CREATE TABLE public.c${geoid} (geoid text, ll_uuid uuid, owner text, wkb_geometry bytea);
    INSERT INTO public.c${geoid} SELECT '${geoid}', gen_random_uuid(), 'owner ' || i, '${POINT}' FROM generate_series(1, 3) i;
    INSERT INTO public.verse VALUES (${id}, 'us', 's${geoid.slice(0, 2)}', 'county', NULL, '${geoid}', 'c${geoid}', 'stem_${geoid}', 3, '2026-10-01', '${POINT}');`;
}
