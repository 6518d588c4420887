import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ErrorCode } from "../../src/model/errors.ts";
import { failsWith } from "../support/fails-with.ts";
import { openBucket } from "../support/s3-place.ts";
import { type Fault, onOperation, type RequestFacts } from "../support/s3-server/index.ts";
import { bytesOf, collect, sha256 } from "./helpers.ts";

const MIB = 1 << 20;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const error = (status: number, code: string): Fault => ({ kind: "error", status, code });

describe("S3 under faults", () => {
  let place: Awaited<ReturnType<typeof openBucket>>;
  before(async () => {
    place = await openBucket({ idleTimeoutMs: 1_500 });
  });
  after(() => place.close());
  beforeEach(() => {
    place.server.faults.clear();
    place.server.requests.length = 0;
  });

  const upload = async (key: string, bytes: number): Promise<string> => {
    const body = bytesOf(bytes);
    const writer = await place.sink.create(key);
    try {
      for (let start = 0; start < bytes; start += 900_000) await writer.write(body.slice(start, start + 900_000));
      await writer.publish();
    } catch (failure) {
      await writer.abort().catch(() => {});
      throw failure;
    }
    return sha256(body);
  };
  const nothingLeft = async (key: string): Promise<void> => {
    place.server.faults.clear();
    assert.equal(await place.sink.head(key), null);
    assert.deepEqual(await place.leftovers(), []);
  };

  const passing: [string, Fault, (facts: RequestFacts) => boolean, number][] = [
    ["a burst of 503 on parts", error(503, "SlowDown"), onOperation("UploadPart"), 2],
    ["a burst of 500 on every kind of request", error(500, "InternalError"), () => true, 2],
    ["a 429", error(429, "TooManyRequests"), onOperation("UploadPart"), 1],
    ["a connection cut in the middle of a part", { kind: "cut", afterBytes: 2 * MIB }, onOperation("UploadPart"), 2],
    ["a lost answer to a part", { kind: "lose-answer" }, onOperation("UploadPart"), 1],
    ["a lost answer to Complete", { kind: "lose-answer" }, onOperation("CompleteMultipartUpload"), 1],
    [
      "an error inside a 200 of Complete",
      { kind: "error-in-200", code: "InternalError" },
      onOperation("CompleteMultipartUpload"),
      1,
    ],
    ["a burst of 409 on Complete", error(409, "ConditionalRequestConflict"), onOperation("CompleteMultipartUpload"), 3],
    ["a part that hangs", { kind: "hang" }, ({ partNumber }) => partNumber === 2, 1],
    ["a slow answer", { kind: "slow", delayMs: 200 }, onOperation("UploadPart"), 2],
  ];
  for (const [name, fault, when, times] of passing) {
    it(`lands the object in spite of ${name}`, async () => {
      place.server.faults.add({ fault, when, times });
      const key = `passing/${name}`;
      const expected = await upload(key, 12 * MIB);
      assert.equal(sha256((await place.sink.read(key))!), expected);
      assert.deepEqual(await place.leftovers(), []);
    });
  }

  const failing: [string, Fault, string, ErrorCode, { retryable: boolean }][] = [
    ["503 without end", error(503, "SlowDown"), "UploadPart", "SINK_FAILED", { retryable: true }],
    ["a connection that is always cut", { kind: "cut", afterBytes: MIB }, "UploadPart", "SINK_FAILED", { retryable: true }],
    ["access denied on a part", error(403, "AccessDenied"), "UploadPart", "SINK_DENIED", { retryable: false }],
    ["access denied on the upload", error(403, "AccessDenied"), "CreateMultipartUpload", "SINK_DENIED", { retryable: false }],
    ["credentials that expire midway", error(400, "ExpiredToken"), "UploadPart", "CREDENTIALS", { retryable: false }],
    ["a wrong checksum said of a part", { kind: "wrong-checksum" }, "UploadPart", "SINK_CHECKSUM", { retryable: true }],
    ["a store that found other bytes", error(400, "BadDigest"), "CompleteMultipartUpload", "SINK_CHECKSUM", { retryable: true }],
    [
      "a conflict on Complete",
      error(409, "ConditionalRequestConflict"),
      "CompleteMultipartUpload",
      "SINK_CONFLICT",
      { retryable: true },
    ],
    ["a quota", error(403, "QuotaExceeded"), "UploadPart", "SINK_FULL", { retryable: false }],
  ];
  for (const [name, fault, operation, code, { retryable }] of failing) {
    it(`publishes nothing and leaves no open upload after ${name}`, async () => {
      place.server.faults.add({ fault, when: onOperation(operation) });
      const key = `failing/${name}`;
      await assert.rejects(
        upload(key, 12 * MIB),
        failsWith(code, (failure) => {
          assert.equal(failure.retryable, retryable);
          assert.match(failure.message, /s3:\/\/bronze\/pre fix\/x=1\/failing/);
        }),
      );
      await nothingLeft(key);
    });
  }

  it("publishes nothing when the last part fails", async () => {
    place.server.faults.add({ fault: error(403, "AccessDenied"), when: ({ partNumber }) => partNumber === 3 });
    await assert.rejects(upload("last", 12 * MIB), failsWith("SINK_DENIED"));
    await nothingLeft("last");
  });

  it("says which upload stays open when even the abort is refused", async () => {
    place.server.faults.add({ fault: error(403, "AccessDenied"), when: onOperation("UploadPart", "AbortMultipartUpload") });
    await assert.rejects(
      upload("stuck", 12 * MIB),
      failsWith("SINK_DENIED", (failure) => assert.match(String(failure.context["leftover"]), /is still open/)),
    );
    place.server.bucket("bronze").uploads.clear();
  });

  it("publishes what the store is working on when the signal comes, small or large (finding C6)", async () => {
    for (const [operation, bytes] of [
      ["PutObject", 1000],
      ["CompleteMultipartUpload", 12 * MIB],
    ] as const) {
      const key = `signalled/${operation}`;
      const stop = new AbortController();
      const writer = await place.sink.create(key, { signal: stop.signal });
      await writer.write(bytesOf(bytes));
      const arrives = onOperation(operation);
      const when = (facts: RequestFacts): boolean => {
        if (!arrives(facts)) return false;
        stop.abort();
        return true;
      };
      place.server.faults.add({ fault: { kind: "slow", delayMs: 300 }, when });
      const info = await writer.publish("absent");
      await writer.abort();
      assert.equal((await place.sink.head(key))?.token, info.token);
    }
    assert.deepEqual(await place.leftovers(), []);
  });

  it("tries a put again that met another one under way, and says conflict when that doesn't end", async () => {
    const raced = error(409, "ConditionalRequestConflict");
    place.server.faults.add({ fault: raced, when: onOperation("PutObject"), times: 3 });
    await place.sink.put("raced", text("1"), { condition: "absent" });
    assert.equal(place.server.requests.filter(({ operation }) => operation === "PutObject").length, 4);
    place.server.faults.add({ fault: raced, when: onOperation("PutObject") });
    await assert.rejects(
      place.sink.put("raced", text("2")),
      failsWith("SINK_CONFLICT", (failure) => assert.equal(failure.retryable, true)),
    );
  });

  it("deletes nothing when the store says another checksum of an object: an abort says that it is there", async () => {
    for (const [operation, bytes] of [
      ["PutObject", 1000],
      ["CompleteMultipartUpload", 12 * MIB],
    ] as const) {
      place.server.faults.clear();
      place.server.faults.add({ fault: { kind: "wrong-checksum" }, when: onOperation(operation) });
      const writer = await place.sink.create(`wrong/${operation}`);
      await writer.write(bytesOf(bytes));
      await assert.rejects(writer.publish(), failsWith("SINK_CHECKSUM"));
      await assert.rejects(
        writer.abort(),
        failsWith("SINK_FAILED", (failure) => assert.match(failure.message, /is there all the same/)),
      );
      assert.equal((await place.sink.head(`wrong/${operation}`))?.bytes, bytes);
      assert.ok(!place.server.requests.some((request) => request.operation === "DeleteObject"));
    }
  });

  it("doesn't take an object of its own for published when the store holds other bytes, also when the answer was lost", async () => {
    for (const [operation, bytes] of [
      ["PutObject", 1000],
      ["CompleteMultipartUpload", 12 * MIB],
    ] as const) {
      const key = `lost and wrong/${operation}`;
      place.server.faults.clear();
      place.server.faults.add({ fault: { kind: "lose-answer" }, when: onOperation(operation), times: 1 });
      place.server.faults.add({ fault: { kind: "wrong-checksum" }, when: onOperation("HeadObject") });
      const writer = await place.sink.create(key);
      await writer.write(bytesOf(bytes));
      await assert.rejects(writer.publish("absent"), failsWith("SINK_CHECKSUM"));
      await assert.rejects(writer.publish("absent"), failsWith("SINK_CHECKSUM"), "the second time neither");
      await writer.abort().catch(() => {});
    }
  });

  it("knows its own conditional put again when only the answer was lost", async () => {
    place.server.faults.add({ fault: { kind: "lose-answer" }, when: onOperation("PutObject"), times: 1 });
    const info = await place.sink.put("claim", text("mine"), { condition: "absent" });
    assert.equal((await place.sink.head("claim"))?.etag, info.etag);

    place.server.faults.clear();
    place.server.faults.add({ fault: { kind: "lose-answer" }, when: onOperation("PutObject"), times: 1 });
    const next = await place.sink.put("claim", text("still mine"), { condition: { etag: info.etag } });
    assert.equal((await place.sink.head("claim"))?.etag, next.etag);

    place.server.faults.clear();
    place.server.faults.add({ fault: error(500, "InternalError"), when: onOperation("PutObject"), times: 1 });
    await assert.rejects(place.sink.put("claim", text("not mine"), { condition: "absent" }), failsWith("SINK_CONFLICT"));
  });

  it("reads again when a body breaks off, and gives up in the end", async () => {
    const body = bytesOf(300_000);
    await place.sink.put("broken", body);
    place.server.faults.add({ fault: { kind: "short-body", bytes: 1000 }, when: onOperation("GetObject"), times: 2 });
    assert.equal(sha256((await place.sink.read("broken"))!), sha256(body));
    place.server.faults.add({ fault: { kind: "short-body", bytes: 1000 }, when: onOperation("GetObject") });
    await assert.rejects(
      place.sink.read("broken"),
      failsWith("SINK_FAILED", (failure) => assert.equal(failure.retryable, true)),
    );
  });

  it("refuses a body that doesn't have the checksum the store keeps for it", async () => {
    await place.sink.put("rotten", text("good"));
    place.server.faults.add({ fault: { kind: "wrong-checksum" }, when: onOperation("GetObject") });
    await assert.rejects(place.sink.read("rotten"), failsWith("SINK_CHECKSUM"));
  });

  it("cancels a write that waits for a store that hangs", async () => {
    const patient = place.open({ idleTimeoutMs: 30_000 });
    place.server.faults.add({ fault: { kind: "hang" }, when: onOperation("UploadPart") });
    const stop = new AbortController();
    const writer = await patient.create("hanging", { signal: stop.signal });
    const waiting = writer.write(bytesOf(20 * MIB));
    setImmediate(() => stop.abort());
    await assert.rejects(waiting, failsWith("CANCELLED"));
    await nothingLeft("hanging");
    await patient.close();
  });

  it("shows nothing of an upload whose process was killed", async () => {
    const script = `
      import { openS3Sink } from "./src/sink/s3/sink.ts";
      const { endpoint, credentials } = JSON.parse(process.env.PLACE);
      const writer = await openS3Sink("bronze", "pre fix/x=1", { endpoint, credentials, partBytes: 5 << 20 }).create("killed");
      await writer.write(Buffer.alloc(16 << 20, 1));
      console.log("written");
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      env: { ...process.env, PLACE: JSON.stringify({ endpoint: place.server.endpoint, credentials: place.server.credentials }) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(await place.sink.head("killed"), null);
    assert.deepEqual(await collect(place.sink.list("killed")), []);
    // Only a bucket's lifecycle rule can remove what a killed process left.
    assert.deepEqual(await place.leftovers(), ["pre fix/x=1/killed"]);
    place.server.bucket("bronze").uploads.clear();
  });

  it("repeats no publication and no deletion when it is too late for that, and says what nobody knows", async () => {
    for (const bytes of [1000, 12 * MIB]) {
      const operation = bytes === 1000 ? "PutObject" : "CompleteMultipartUpload";
      const key = `late/${bytes}`;
      const writer = await place.sink.create(key);
      for (let start = 0; start < bytes; start += MIB) await writer.write(bytesOf(Math.min(MIB, bytes - start)));
      await writer.seal();
      place.server.requests.length = 0;
      place.server.faults.add({ fault: error(503, "SlowDown"), when: onOperation(operation), times: 1 });
      let asked = 0;
      await assert.rejects(
        // The first question comes before anything is sent.
        writer.publish("absent", { inTime: () => ++asked < 3 }),
        failsWith("SINK_FAILED", (failure) => assert.equal(failure.context["outcome"], "unknown")),
      );
      assert.equal(place.server.requests.filter((request) => request.operation === operation).length, 1);
      const { etag } = await writer.publish("absent");
      place.server.faults.add({ fault: error(503, "SlowDown"), when: onOperation("DeleteObject"), times: 1 });
      asked = 0;
      await assert.rejects(place.sink.delete(key, { condition: { etag }, inTime: () => ++asked < 2 }), failsWith("SINK_FAILED"));
      assert.equal((await place.sink.head(key))?.etag, etag);
    }
  });

  const everywhere: [string, Fault, ErrorCode][] = [
    ["access denied", error(403, "AccessDenied"), "SINK_DENIED"],
    ["a refused key id", error(403, "InvalidAccessKeyId"), "CREDENTIALS"],
    ["an expired token", error(400, "ExpiredToken"), "CREDENTIALS"],
    ["a store that is down", error(503, "ServiceUnavailable"), "SINK_FAILED"],
  ];
  for (const [name, fault, code] of everywhere) {
    it(`says ${code} for ${name}, whatever was asked`, async () => {
      place.server.faults.add({ fault });
      for (const attempt of [
        () => place.sink.put("x", text("x")),
        () => place.sink.read("x"),
        () => collect(place.sink.list("")),
        () => collect(place.sink.listFolders("")),
        () => place.sink.delete("x"),
      ]) {
        await assert.rejects(attempt, failsWith(code));
      }
      // A reply to HEAD has no body, so nothing but the status tells.
      const headCode = code === "CREDENTIALS" ? /SINK_DENIED|SINK_FAILED/ : new RegExp(code);
      await assert.rejects(place.sink.head("x"), (failure: { code: string }) => headCode.test(failure.code));
    });
  }

  it("says SINK_MISSING for a bucket that doesn't exist", async () => {
    const { openS3Sink } = await import("../../src/sink/s3/sink.ts");
    const sink = openS3Sink("no-such-bucket", "", { endpoint: place.server.endpoint, credentials: place.server.credentials });
    await assert.rejects(
      sink.put("x", text("x")),
      failsWith("SINK_MISSING", (failure) => assert.equal(failure.exitCode, 2)),
    );
    await assert.rejects(collect(sink.list("")), failsWith("SINK_MISSING"));
    await assert.rejects(sink.read("x"), failsWith("SINK_MISSING"));
    await assert.rejects(async () => {
      const writer = await sink.create("x");
      await writer.write(bytesOf(17 * MIB));
      await writer.publish();
    }, failsWith("SINK_MISSING"));
    await sink.close();
  });

  it("says CREDENTIALS for a wrong secret, and SINK_FAILED with a hint for a host that isn't there", async () => {
    const wrong = place.open({ credentials: { ...place.server.credentials, secretAccessKey: "wrong" } });
    await assert.rejects(wrong.put("x", text("x")), failsWith("CREDENTIALS"));
    const nowhere = place.open({ endpoint: "http://127.0.0.1:9", maxAttempts: 1 });
    await assert.rejects(
      nowhere.put("x", text("x")),
      failsWith("SINK_FAILED", (failure) => {
        assert.equal(failure.retryable, true);
        assert.match(failure.hint ?? "", /endpoint/);
      }),
    );
  });
});
