/** The statements that make the two tables. `:rows` and `:geometry` are filled in by tables.ts. */

export const LINEITEM = `CREATE TABLE lineitem (
  l_orderkey int NOT NULL, l_partkey int NOT NULL, l_suppkey int NOT NULL, l_linenumber int NOT NULL,
  l_quantity numeric(15,2) NOT NULL, l_extendedprice numeric(15,2) NOT NULL, l_discount numeric(15,2) NOT NULL, l_tax numeric(15,2) NOT NULL,
  l_returnflag char(1) NOT NULL, l_linestatus char(1) NOT NULL, l_shipdate date NOT NULL, l_commitdate date NOT NULL, l_receiptdate date NOT NULL,
  l_shipinstruct char(25) NOT NULL, l_shipmode char(10) NOT NULL, l_comment varchar(44) NOT NULL)`;

export const LINEITEM_ROWS = `INSERT INTO lineitem
SELECT i / 32 * 32 + i / 4 % 8 + 1, 1 + (r1 * 199999)::int, 1 + (r2 * 9999)::int, 1 + i % 4, q, round((q * (900 + r1 * 1200))::numeric, 2), round((r3 * 10)::int / 100.0, 2), round((r4 * 8)::int / 100.0, 2),
  CASE WHEN d > date '1995-06-17' THEN 'N' WHEN r5 < 0.5 THEN 'R' ELSE 'A' END, CASE WHEN d > date '1995-06-17' THEN 'O' ELSE 'F' END,
  d, d + (r6 * 60)::int - 30, d + 1 + (r2 * 29)::int,
  (array['DELIVER IN PERSON','COLLECT COD','NONE','TAKE BACK RETURN'])[1 + (r3 * 3.99)::int % 4], (array['REG AIR','AIR','RAIL','SHIP','TRUCK','MAIL','FOB'])[1 + (r4 * 6.99)::int % 7],
  left(w[1 + (r5 * 31.99)::int % 32] || ' ' || w[1 + (r6 * 31.99)::int % 32] || ' ' || w[1 + (r1 * 31.99)::int % 32] || ' ' || w[1 + (r2 * 997)::int % 32] || ' ' || w[1 + (r3 * 991)::int % 32] || ' ' || w[1 + (r4 * 983)::int % 32], 10 + (r6 * 33)::int)
FROM (SELECT i, random() r1, random() r2, random() r3, random() r4, random() r5, random() r6, (1 + floor(random() * 50))::int q, date '1992-01-02' + (random() * 2525)::int d
      FROM generate_series(0, :rows - 1) i) s,
  (SELECT array['furiously','slyly','carefully','blithely','quickly','fluffily','express','regular','special','pending','final','ironic','even','bold','silent','packages','requests','deposits','accounts','instructions','theodolites','pinto','beans','foxes','dependencies','ideas','platelets','asymptotes','somas','sleep','haggle','about'] w) words`;

/** EWKB in network byte order comes straight from the send functions: MultiPolygon 0x20000006, SRID 4326, one Polygon of one ring. */
export const PARCELS = `CREATE TABLE tx_parcel AS
WITH g AS (
  SELECT i, random() r1, random() r2, random() r3, random() r4, random() r5, random() r6, random() r7, random() r8, random() r9,
    (8 + floor(random() * 33))::int nv, -106.6 + random() * 13.1 lon0, 25.8 + random() * 10.7 lat0, 0.0002 + random() * 0.002 rad
  FROM generate_series(1, :rows) i),
s AS (SELECT g.*, '\\x0020000006000010e600000001000000000300000001'::bytea || int4send(nv + 1) ||
    (SELECT string_agg(float8send(lon0 + rad * (0.7 + 0.3 * abs(sin((k % nv) * 3.1 + i))) * cos(2 * pi() * (k % nv) / nv)) || float8send(lat0 + rad * (0.7 + 0.3 * abs(cos((k % nv) * 1.7 + i))) * sin(2 * pi() * (k % nv) / nv)), ''::bytea ORDER BY k) FROM generate_series(0, nv) k) ewkb FROM g)
SELECT
  i::int8 ogc_fid, ('48' || lpad(((i * 7) / 14000 * 2 + 1)::text, 3, '0'))::text geoid, md5(i::text || 'parcel')::uuid ll_uuid,
  lpad((i::bigint * 7919 % 100000000)::text, 10, '0') || '-' || lpad((r1 * 10000)::int::text, 4, '0') parcelnumb,
  CASE WHEN r2 < 0.4 THEN null ELSE 'R' || (r2 * 10000000)::int END parcelnumb_no_formatting,
  (array['SMITH','JOHNSON','WILLIAMS','GARCIA','MARTINEZ','RODRIGUEZ','BROWN','DAVIS','MILLER','LOPEZ','HERNANDEZ','GONZALEZ','WILSON','ANDERSON','THOMAS','NGUYEN'])[1 + (r1 * 15.99)::int % 16] || ' ' || (array['JAMES','MARY','JOHN','PATRICIA','ROBERT','JENNIFER','MICHAEL','LINDA','DAVID','MARIA','JOSE','CARLOS'])[1 + (r2 * 11.99)::int % 12] || ' & ' || upper(substr(md5(i::text), 1, 6)) AS owner,
  CASE WHEN r3 < 0.4 THEN null ELSE 'UNKNOWN' || (r3 * 100)::int END ownfrst,
  CASE WHEN r4 < 0.5 THEN null ELSE (array['LLC','TRUST','ESTATE','ETAL','INC'])[1 + (r4 * 4.99)::int % 5] END ownlast,
  (100 + (r3 * 19999)::int) || ' ' || (array['MAIN','OAK','ELM','CEDAR','MAPLE','PECAN','HOUSTON','AUSTIN','TRAVIS','CROCKETT'])[1 + (r4 * 9.99)::int % 10] || ' ' || (array['ST','AVE','BLVD','DR','LN','CT'])[1 + (r5 * 5.99)::int % 6] mailadd,
  (array['HOUSTON','DALLAS','AUSTIN','SAN ANTONIO','FORT WORTH','EL PASO','ARLINGTON','PLANO','LAREDO','LUBBOCK'])[1 + (r6 * 9.99)::int % 10] mail_city,
  CASE WHEN r6 < 0.95 THEN 'TX' ELSE (array['CA','NY','FL','OK','LA'])[1 + (r7 * 4.99)::int % 5] END mail_state2,
  (75000 + (r7 * 4999)::int)::text mail_zip,
  CASE WHEN r8 < 0.3 THEN null ELSE (100 + (r8 * 19999)::int) || ' FM ' || (r9 * 3000)::int || ' RD' END address,
  CASE WHEN r8 < 0.3 THEN null ELSE (array['HOUSTON','DALLAS','AUSTIN','SAN ANTONIO','FORT WORTH','EL PASO','ARLINGTON','PLANO','LAREDO','LUBBOCK','Cañón','Peñitas'])[1 + (r9 * 11.99)::int % 12] END city,
  'TX'::text state2, CASE WHEN r8 < 0.3 THEN null ELSE (75000 + (r1 * 4999)::int)::text END szip, 'county' || ((i * 7) / 14000)::text county,
  CASE WHEN r9 < 0.35 THEN null ELSE (array['A1','A2','B1','C1','D1','D2','E1','F1','M1'])[1 + (r1 * 8.99)::int % 9] END usecode,
  CASE WHEN r9 < 0.35 THEN null ELSE (array['SINGLE FAMILY RESIDENCE','MOBILE HOME','MULTI FAMILY','VACANT LOT','QUALIFIED AG LAND','FARM & RANCH IMPROVEMENT','RURAL LAND NON QUALIFIED','COMMERCIAL REAL PROPERTY','TANGIBLE OTHER'])[1 + (r1 * 8.99)::int % 9] END usedesc,
  CASE WHEN r5 < 0.5 THEN null ELSE (array['R-1','R-2','C-1','C-2','AG','PD','MF'])[1 + (r3 * 6.99)::int % 7] END zoning,
  CASE WHEN r5 < 0.5 THEN null ELSE 'Zoning description ' || (r3 * 6.99)::int END zoning_description,
  CASE WHEN r4 < 0.3 THEN null ELSE (1900 + (r4 * 124)::int) END yearbuilt, CASE WHEN r4 < 0.45 THEN null ELSE (1 + (r5 * 3)::int) END numunits,
  CASE WHEN r6 < 0.3 THEN null ELSE (1 + (r5 * 2)::int)::text END numstories, round((r1 * 100000)::numeric, 2) landval,
  CASE WHEN r2 < 0.2 THEN null ELSE round((r2 * 500000)::numeric, 2) END improvval, round((r1 * 100000 + r2 * 500000)::numeric, 0) parval,
  CASE WHEN r3 < 0.5 THEN null ELSE round((r3 * 10000)::numeric, 2) END agval, CASE WHEN r7 < 0.45 THEN null ELSE date '1990-01-01' + (r7 * 12000)::int END saledate,
  CASE WHEN r7 < 0.45 THEN null ELSE (r8 * 900000)::numeric(14,2) END saleprice, CASE WHEN r7 < 0.45 THEN null ELSE (2015 + (r8 * 9)::int)::text END taxyear,
  lat0::numeric(10,6)::text lat, lon0::numeric(10,6)::text lon, (r9 * 50)::float8 ll_gisacre, (r9 * 50 * 43560)::float8 ll_gissqft,
  CASE WHEN r1 < 0.4 THEN null ELSE 'LOT ' || (r1 * 30)::int || ' BLK ' || (r2 * 30)::int || ' ' || (array['SUNSET','LAKEVIEW','RIVERSIDE','OAK HILL','MEADOW'])[1 + (r3 * 4.99)::int % 5] || ' SUBD SEC ' || (r4 * 9)::int END legaldesc,
  CASE WHEN r2 < 0.5 THEN null ELSE 'PLAT ' || (r5 * 900)::int END plat, CASE WHEN r2 < 0.5 THEN null ELSE (r6 * 900)::int::text END book,
  CASE WHEN r2 < 0.5 THEN null ELSE (r7 * 900)::int::text END page, CASE WHEN r3 < 0.5 THEN null ELSE 'BLK' || (r8 * 99)::int END block,
  (r9 < 0.15) homestead_exemption, (timestamptz '2023-01-01 00:00:00+00' + (r4 * 365 * 86400) * interval '1 second')::timestamptz ll_updated_at,
  '/us/tx/county' || ((i * 7) / 14000)::text || '/' || i::text path,
  CASE WHEN r6 < 0.35 THEN null ELSE jsonb_build_object('src', 'cad', 'ver', (r5 * 9)::int, 'flood', (array['X','AE','A','VE'])[1 + (r7 * 3.99)::int % 4], 'score', round(r8::numeric, 4)) END extras,
  CASE WHEN r8 < 0.4 THEN null ELSE array['tag' || (r1 * 9)::int, CASE WHEN r2 < 0.1 THEN null ELSE 'z' || (r3 * 99)::int END, 'p'] END tags,
  :geometry AS wkb_geometry
FROM s`;
