// raw-reader.js DSN QUERY: reads the query by COPY BINARY, throws the bytes away and prints how many there were. The stand-in for psql.
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";

const [dsn, query] = process.argv.slice(2);
const client = new pg.Client({ connectionString: dsn });
await client.connect();
let byteCount = 0;
for await (const piece of client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`))) byteCount += piece.length;
await client.end();
console.log(byteCount);
