import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { receiveBody, receiveText, type StoredBody } from "./body.ts";
import { type Algorithm, isAlgorithm, startChecksum } from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { checkCondition, checksumHeaders } from "./objects.ts";
import { type Exchange, type Handler, xmlReply } from "./reply.ts";
import { keptHeaders, type OpenUpload, type StoredChecksum, type StoredObject } from "./store.ts";
import { elements, textOf } from "./xml.ts";

const MIN_PART_BYTES = 5 << 20;

const CHECKSUM_ELEMENTS: Readonly<Record<Algorithm, string>> = {
  crc32: "ChecksumCRC32",
  crc32c: "ChecksumCRC32C",
  crc64nvme: "ChecksumCRC64NVME",
  sha1: "ChecksumSHA1",
  sha256: "ChecksumSHA256",
};

function find({ facts, query, store }: Exchange): OpenUpload {
  const upload = store.bucket(facts.bucket).uploads.get(query.get("uploadId") ?? "");
  if (upload === undefined || upload.key !== facts.key)
    throw new S3Error(404, "NoSuchUpload", "The specified upload does not exist.");
  return upload;
}

export const createMultipartUpload: Handler = async ({ request, facts, store }) => {
  const name = String(request.headers["x-amz-checksum-algorithm"] ?? "").toLowerCase();
  const algorithm = isAlgorithm(name) ? name : null;
  const type = request.headers["x-amz-checksum-type"];
  const checksumType = type === "FULL_OBJECT" || algorithm === "crc64nvme" ? "FULL_OBJECT" : "COMPOSITE";
  if (type === "FULL_OBJECT" && algorithm?.startsWith("sha"))
    throw new S3Error(400, "InvalidRequest", "SHA checksums are composite");
  const id = randomUUID();
  const { uploads } = store.bucket(facts.bucket);
  uploads.set(id, {
    id,
    key: facts.key,
    started: new Date(),
    algorithm,
    checksumType,
    headers: keptHeaders(request.headers),
    parts: new Map(),
  });
  return xmlReply({ InitiateMultipartUploadResult: { Bucket: facts.bucket, Key: facts.key, UploadId: id } });
};

export const uploadPart: Handler = async (exchange) => {
  const { request, facts, store, payloadHash } = exchange;
  const upload = find(exchange);
  const number = facts.partNumber!;
  if (!(number >= 1 && number <= 10_000)) throw new S3Error(400, "InvalidArgument", "Part number must be between 1 and 10000");
  const body = await receiveBody(request, payloadHash, store.newPath(), upload.algorithm);
  if (upload.algorithm !== null && body.checksum?.algorithm !== upload.algorithm) {
    throw new S3Error(400, "InvalidRequest", "the part's checksum is of another kind than the upload's");
  }
  // Aborted or completed meanwhile: then the part goes nowhere.
  find(exchange);
  const replaced = upload.parts.get(number);
  upload.parts.set(number, body);
  if (replaced !== undefined) await store.discard([replaced]);
  const checksum = body.checksum === null ? {} : { [`x-amz-checksum-${body.checksum.algorithm}`]: body.checksum.value };
  return { status: 200, headers: { etag: `"${body.md5}"`, ...checksum } };
};

/** The parts that the client lists, each checked against what came. */
function listedParts(upload: OpenUpload, document: string): StoredBody[] {
  const listed = elements(document, "Part");
  if (listed.length === 0) throw new S3Error(400, "MalformedXML");
  const numbers = listed.map((part) => Number(textOf(part, "PartNumber")));
  if (numbers.some((number, i) => i > 0 && number <= numbers[i - 1]!)) throw new S3Error(400, "InvalidPartOrder");
  return listed.map((part, i) => {
    const body = upload.parts.get(numbers[i]!);
    if (body === undefined || textOf(part, "ETag")?.replaceAll('"', "") !== body.md5) throw new S3Error(400, "InvalidPart");
    const said = upload.algorithm === null ? undefined : textOf(part, CHECKSUM_ELEMENTS[upload.algorithm]);
    if (said !== undefined && said !== body.checksum?.value) throw new S3Error(400, "InvalidPart", "checksum of a part differs");
    if (upload.checksumType === "COMPOSITE" && upload.algorithm !== null && said === undefined)
      throw new S3Error(400, "InvalidPart");
    if (i < listed.length - 1 && body.bytes < MIN_PART_BYTES) throw new S3Error(400, "EntityTooSmall");
    return body;
  });
}

async function checksumOf(upload: OpenUpload, bodies: readonly StoredBody[]): Promise<StoredChecksum | null> {
  const { algorithm, checksumType: type } = upload;
  if (algorithm === null) return null;
  const checksum = startChecksum(algorithm);
  if (type === "COMPOSITE") {
    for (const body of bodies) checksum.update(Buffer.from(body.checksum!.value, "base64"));
    return { algorithm, type, value: `${checksum.digest()}-${bodies.length}` };
  }
  for (const body of bodies) for await (const piece of createReadStream(body.path)) checksum.update(piece as Buffer);
  return { algorithm, type, value: checksum.digest() };
}

export const completeMultipartUpload: Handler = async (exchange) => {
  const { request, facts, store, payloadHash } = exchange;
  const document = await receiveText(request, payloadHash);
  await exchange.arrived();
  const bucket = store.bucket(facts.bucket);
  const upload = find(exchange);
  if (exchange.checksums === "composite" && upload.checksumType === "FULL_OBJECT" && upload.algorithm !== null)
    throw new S3Error(400, "InvalidPart", "One or more of the specified parts could not be found.");
  const bodies = listedParts(upload, document);
  const bytes = bodies.reduce((sum, body) => sum + body.bytes, 0);
  const announcedBytes = request.headers["x-amz-mp-object-size"];
  if (announcedBytes !== undefined && Number(announcedBytes) !== bytes)
    throw new S3Error(400, "InvalidRequest", "object size differs");
  const checksum = await checksumOf(upload, bodies);
  const announcedType = request.headers["x-amz-checksum-type"];
  if (announcedType !== undefined && announcedType !== checksum?.type)
    throw new S3Error(400, "InvalidRequest", "checksum type differs");
  const said = checksum === null ? undefined : request.headers[`x-amz-checksum-${checksum.algorithm}`];
  if (said !== undefined && said !== checksum!.value) throw new S3Error(400, "BadDigest", "the whole object's checksum differs");
  // From here to the end nothing waits, so that of several conditional uploads one wins.
  find(exchange);
  checkCondition(exchange, bucket);
  const md5 = createHash("md5");
  for (const body of bodies) md5.update(Buffer.from(body.md5, "hex"));
  const etag = `"${md5.digest("hex")}-${bodies.length}"`;
  const object: StoredObject = { bodies, bytes, etag, modified: upload.started, checksum, headers: upload.headers };
  const replaced = bucket.objects.get(facts.key);
  bucket.objects.set(facts.key, object);
  bucket.uploads.delete(upload.id);

  const used = new Set(bodies);
  await store.discard([...upload.parts.values()].filter((body) => !used.has(body)));
  if (replaced !== undefined) await store.discard(replaced.bodies);
  const checksumXml =
    checksum === null ? {} : { [CHECKSUM_ELEMENTS[checksum.algorithm]]: checksum.value, ChecksumType: checksum.type };
  return xmlReply(
    { CompleteMultipartUploadResult: { Bucket: facts.bucket, Key: facts.key, ETag: etag, ...checksumXml } },
    200,
    checksumHeaders(object),
  );
};

export const abortMultipartUpload: Handler = async (exchange) => {
  const upload = find(exchange);
  exchange.store.bucket(exchange.facts.bucket).uploads.delete(upload.id);
  await exchange.store.discard(upload.parts.values());
  return { status: 204 };
};

export const listParts: Handler = async (exchange) => {
  const upload = find(exchange);
  const Part = [...upload.parts]
    .sort(([a], [b]) => a - b)
    .map(([PartNumber, { bytes, md5 }]) => ({ PartNumber, ETag: `"${md5}"`, Size: bytes }));
  return xmlReply({
    ListPartsResult: { Bucket: exchange.facts.bucket, Key: upload.key, UploadId: upload.id, IsTruncated: false, Part },
  });
};

export const listMultipartUploads: Handler = async ({ facts, query, store }) => {
  const prefix = query.get("prefix") ?? "";
  const Upload = [...store.bucket(facts.bucket).uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, id, started }) => ({ Key: key, UploadId: id, Initiated: started.toISOString() }));
  return xmlReply({ ListMultipartUploadsResult: { Bucket: facts.bucket, IsTruncated: false, Upload } });
};
