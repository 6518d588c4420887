import { type Handler, xmlReply } from "./reply.ts";

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** ListObjectsV2, in byte order, with delimiter and pages. The continuation token is the last key or common prefix of the page before. */
export const listObjectsV2: Handler = async ({ facts, query, store, pageKeys }) => {
  const { objects } = store.bucket(facts.bucket);
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64").toString("utf8");
  const maxKeys = Math.min(Number(query.get("max-keys") ?? 1000), pageKeys);
  const encode =
    query.get("encoding-type") === "url"
      ? (text: string) => encodeURIComponent(text).replaceAll("%2F", "/")
      : (text: string) => text;

  const items: { name: string; folder: boolean }[] = [];
  for (const key of [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(byBytes)) {
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const name = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (items.at(-1)?.name !== name) items.push({ name, folder: cut >= 0 });
  }
  const rest = items.filter(({ name }) => after === "" || byBytes(name, after) > 0);
  const page = rest.slice(0, maxKeys);
  const truncated = rest.length > page.length;
  return xmlReply({
    ListBucketResult: {
      Name: facts.bucket,
      Prefix: encode(prefix),
      KeyCount: page.length,
      MaxKeys: maxKeys,
      IsTruncated: truncated,
      NextContinuationToken: truncated ? Buffer.from(page.at(-1)!.name).toString("base64") : undefined,
      Contents: page
        .filter(({ folder }) => !folder)
        .map(({ name }) => {
          const object = objects.get(name)!;
          return {
            Key: encode(name),
            LastModified: object.modified.toISOString(),
            ETag: object.etag,
            Size: object.bytes,
            StorageClass: object.headers["x-amz-storage-class"] ?? "STANDARD",
          };
        }),
      CommonPrefixes: page.filter(({ folder }) => folder).map(({ name }) => ({ Prefix: encode(name) })),
    },
  });
};
