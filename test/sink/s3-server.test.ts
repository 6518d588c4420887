import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { type Algorithm, startChecksum } from "../support/s3-server/checksums.ts";
import { type S3Server, startS3Server } from "../support/s3-server/index.ts";
import { bytesOf, sha256 } from "./helpers.ts";

/** The stand-in is only worth something when it refuses what S3 refuses. */
describe("the S3 test server", () => {
  const MIB = 1 << 20;
  const Bucket = "bronze";
  let server: S3Server;
  let client: S3Client;
  before(async () => {
    server = await startS3Server();
    client = clientWith(server.credentials);
  });
  after(async () => {
    client.destroy();
    await server.close();
  });
  const clientWith = (credentials: { accessKeyId: string; secretAccessKey: string }): S3Client =>
    new S3Client({ endpoint: server.endpoint, region: "us-east-1", forcePathStyle: true, credentials, maxAttempts: 1 });
  const refuses = (work: Promise<unknown>, name: string): Promise<void> =>
    assert.rejects(work, (error: Error) => error.name === name);

  /** "123456789", whose checksums every catalogue of CRCs gives. */
  const known: [Algorithm, string][] = [
    ["crc32", "cbf43926"],
    ["crc32c", "e3069283"],
    ["crc64nvme", "ae8b14860a799888"],
    ["sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
    ["sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
  ];
  for (const [algorithm, expected] of known) {
    it(`computes ${algorithm} right, in pieces`, () => {
      const checksum = startChecksum(algorithm);
      checksum.update(Buffer.from("1234"));
      checksum.update(Buffer.from("56789"));
      assert.equal(Buffer.from(checksum.digest(), "base64").toString("hex"), expected);
    });
  }

  it("takes the chunked bodies with trailing checksums that the SDK makes of a stream", async () => {
    for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA256"] as const) {
      const body = bytesOf(300_000);
      const Key = `streamed/${ChecksumAlgorithm}`;
      const stream = Readable.from([body.slice(0, 100_001), body.slice(100_001)].map((piece) => Buffer.from(piece)));
      await client.send(new PutObjectCommand({ Bucket, Key, Body: stream, ContentLength: body.length, ChecksumAlgorithm }));
      assert.match(server.requests.at(-1)!.headers["content-encoding"] ?? "", /aws-chunked/);
      const reply = await client.send(new GetObjectCommand({ Bucket, Key }));
      assert.equal(sha256(await reply.Body!.transformToByteArray()), sha256(body));
    }
  });

  it("refuses a wrong secret, an unknown key, a changed header and no signature at all", async () => {
    const { accessKeyId } = server.credentials;
    await refuses(
      clientWith({ accessKeyId, secretAccessKey: "wrong" }).send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" })),
      "SignatureDoesNotMatch",
    );
    await refuses(
      clientWith({ accessKeyId: "NOBODY", secretAccessKey: "x" }).send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" })),
      "InvalidAccessKeyId",
    );
    const meddling = clientWith(server.credentials);
    meddling.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-storage-class"] = "GLACIER";
        return next(args);
      },
      { step: "deserialize", name: "meddle" },
    );
    await refuses(meddling.send(new PutObjectCommand({ Bucket, Key: "x", Body: "x" })), "AccessDenied");
    assert.equal((await fetch(`${server.endpoint}/bronze/x`)).status, 403);
  });

  it("refuses a body that isn't the one announced: by CRC, MD5, hash or length", async () => {
    const put = (input: object) => client.send(new PutObjectCommand({ Bucket, Key: "refused", Body: "body", ...input }));
    await refuses(put({ ChecksumCRC32: "AAAAAA==" }), "BadDigest");
    await refuses(put({ ChecksumCRC64NVME: "AAAAAAAAAAA=" }), "BadDigest");
    await refuses(put({ ContentMD5: "AAAAAAAAAAAAAAAAAAAAAA==" }), "BadDigest");
    const lying = clientWith(server.credentials);
    lying.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = "0".repeat(64);
        return next(args);
      },
      { step: "build", name: "lie" },
    );
    await refuses(lying.send(new PutObjectCommand({ Bucket, Key: "refused", Body: "body" })), "XAmzContentSHA256Mismatch");
    await refuses(client.send(new HeadObjectCommand({ Bucket, Key: "refused" })), "NotFound");
  });

  const begin = async (Key: string, options = {}) => ({
    Bucket,
    Key,
    UploadId: (await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...options }))).UploadId!,
  });

  it("refuses to complete an upload whose parts are too small, missing, changed or out of order", async () => {
    const upload = await begin("parts");
    const part = async (PartNumber: number, Body: Uint8Array) => ({
      PartNumber,
      ETag: (await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }))).ETag,
    });
    const first = await part(1, bytesOf(5 * MIB));
    const second = await part(2, bytesOf(10));
    const third = await part(3, bytesOf(11));
    const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    await refuses(complete(first, second, third), "EntityTooSmall");
    await refuses(complete(second, first), "InvalidPartOrder");
    await refuses(complete(first, { ...second, PartNumber: 4 }), "InvalidPart");
    await refuses(complete(first, { ...second, ETag: first.ETag }), "InvalidPart");
    const listed = await client.send(new ListPartsCommand(upload));
    assert.deepEqual(
      listed.Parts?.map(({ Size }) => Size),
      [5 * MIB, 10, 11],
    );
    assert.equal((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length, 1);
    await complete(first, second);
    assert.equal((await client.send(new HeadObjectCommand({ Bucket, Key: "parts" }))).ContentLength, 5 * MIB + 10);
    assert.equal((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads, undefined);
    await refuses(complete(first, second), "NoSuchUpload");
  });

  it("refuses a whole object's checksum or length that doesn't fit its parts", async () => {
    const upload = await begin("whole", { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const { ETag } = await client.send(
      new UploadPartCommand({ ...upload, PartNumber: 1, Body: "body", ChecksumAlgorithm: "CRC32" }),
    );
    const complete = (input: object) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }, ...input }),
      );
    await refuses(complete({ ChecksumCRC32: "AAAAAA==", ChecksumType: "FULL_OBJECT" }), "BadDigest");
    await refuses(complete({ MpuObjectSize: 5 }), "InvalidRequest");
    await refuses(complete({ ChecksumType: "COMPOSITE" }), "InvalidRequest");
    assert.equal((await complete({ MpuObjectSize: 4 })).ChecksumType, "FULL_OBJECT");
  });

  it("keeps the condition of a put, a completed upload and a deletion", async () => {
    const Key = "conditions";
    const put = (Body: string, condition = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...condition }));
    const { ETag: first } = await put("1", { IfNoneMatch: "*" });
    const { ETag: second } = await put("2", { IfMatch: first });
    await refuses(put("3", { IfNoneMatch: "*" }), "PreconditionFailed");
    await refuses(put("3", { IfMatch: first }), "PreconditionFailed");
    const upload = await begin(Key);
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: "part" }));
    const complete = (condition: object) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }, ...condition }),
      );
    await refuses(complete({ IfNoneMatch: "*" }), "PreconditionFailed");
    await refuses(complete({ IfMatch: first }), "PreconditionFailed");
    const { ETag: third } = await complete({ IfMatch: second });
    const remove = (IfMatch: string | undefined) => client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }));
    await refuses(remove(second), "PreconditionFailed");
    await remove(third);
    await refuses(remove(third), "NoSuchKey");
    await refuses(put("4", { IfMatch: third }), "NoSuchKey");
  });

  it("can do what a request asks long after its client gave it up, if the condition still holds", async () => {
    for (const [Key, overtaken] of [
      ["late", false],
      ["overtaken", true],
    ] as const) {
      let release = (): void => {};
      const until = new Promise<void>((resolve) => {
        release = resolve;
      });
      server.faults.add({ fault: { kind: "late", until }, when: ({ key }) => key === Key, times: 1 });
      await assert.rejects(client.send(new PutObjectCommand({ Bucket, Key, Body: "late", IfNoneMatch: "*" })));
      await refuses(client.send(new HeadObjectCommand({ Bucket, Key })), "NotFound");
      if (overtaken) await client.send(new PutObjectCommand({ Bucket, Key, Body: "early", IfNoneMatch: "*" }));
      release();
      await new Promise((done) => setTimeout(done, 50));
      const reply = await client.send(new GetObjectCommand({ Bucket, Key }));
      assert.equal(await reply.Body!.transformToString(), overtaken ? "early" : "late");
    }
    server.faults.clear();
  });

  it("deletes many objects at once, keys with markup included", async () => {
    const keys = ["d/1", "d/a&b<c>", "d/é"];
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
    for (const Key of keys) await refuses(client.send(new HeadObjectCommand({ Bucket, Key })), "NotFound");
  });
});
