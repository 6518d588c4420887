/**
 * The S3 test server as a process of its own, so that its work is not counted as the client's. Prints its address and credentials as one
 * JSON line, then one line with the objects it holds for each line on stdin, and ends with stdin.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { startS3Server } from "../test/support/s3-server/index.ts";

const server = await startS3Server({ buckets: ["bronze"] });
const print = (value: unknown): void => console.log(JSON.stringify(value));
print({ endpoint: server.endpoint, ...server.credentials });
for await (const _ of createInterface({ input: process.stdin })) {
  const objects = [];
  for (const [key, object] of server.bucket("bronze").objects) {
    const hash = createHash("sha256");
    for (const body of object.bodies) for await (const piece of createReadStream(body.path)) hash.update(piece);
    objects.push({ key, bytes: object.bytes, sha256: hash.digest("hex") });
  }
  print(objects);
}
await server.close();
