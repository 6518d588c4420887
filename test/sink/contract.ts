import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { ObjectInfo, Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import type { SinkPlace } from "../support/sink-place.ts";
import { conditions, keys } from "./contract-conditions.ts";
import { lostAnswers, publication } from "./contract-publication.ts";
import { bytesOf, collect, sha256, text } from "./helpers.ts";

const MIB = 1 << 20;

async function write(sink: Sink, key: string, chunks: readonly Uint8Array[], options = {}): Promise<ObjectInfo> {
  const writer = await sink.create(key, options);
  for (const chunk of chunks) await writer.write(chunk.slice());
  return writer.publish();
}

const KEY =
  "linode/dataset=parcel/admin0=US/admin1=TX/filename_stem=tx_travis/snapshot_dt=2026-11-30/tx_travis_2026-11-30.parquet";

/**
 * The contract of {@link Sink}: every sink passes it. `openPlace` gives a new, empty place each time; where its places have a wire,
 * answers get lost on it.
 */
export function sinkContract(
  name: string,
  openPlace: () => Promise<SinkPlace>,
  options: { readonly hasWire?: boolean } = {},
): void {
  describe(`${name} keeps the sink's contract`, () => {
    let place: SinkPlace;
    let sink: Sink;
    before(async () => {
      place = await openPlace();
      sink = place.sink;
    });
    after(() => place?.close());

    writing(() => place);
    reading(() => sink);
    listing(openPlace);
    conditions(() => place);
    publication(() => place);
    if (options.hasWire) lostAnswers(() => place);
    keys(() => sink);
  });
}

function writing(place: () => SinkPlace): void {
  it("shows an object whole, and only after close", async () => {
    const { sink } = place();
    const chunks = [bytesOf(100_000, 1), bytesOf(1, 2), bytesOf(700_000, 3)];
    const writer = await sink.create(KEY, { contentType: "application/vnd.apache.parquet", metadata: { tool: "pg-bronze" } });
    for (const chunk of chunks) await writer.write(chunk.slice());
    assert.equal(await sink.head(KEY), null);
    assert.equal(await sink.read(KEY), null);
    const info = await writer.publish();
    assert.equal(info.key, KEY);
    assert.equal(info.bytes, 800_001);
    const head = await sink.head(KEY);
    assert.equal(head?.etag, info.etag);
    assert.equal(head?.bytes, 800_001);
    assert.ok(Math.abs(head!.modified.getTime() - Date.now()) < 60_000);
    assert.equal(sha256((await sink.read(KEY))!), sha256(Buffer.concat(chunks)));
    assert.equal(sink.locate(KEY), `${sink.url}/${KEY}`);
    assert.deepEqual(await place().leftovers(), []);
  });

  it("writes objects of no bytes, of one, and of exactly one part", async () => {
    const { sink } = place();
    for (const length of [0, 1, 5 * MIB]) {
      const body = bytesOf(length, 7);
      const info = await write(sink, `sizes/${length}`, [body]);
      assert.equal(info.bytes, length);
      assert.equal(sha256((await sink.read(`sizes/${length}`))!), sha256(body));
    }
    const nothing = await (await sink.create("sizes/none")).publish();
    assert.equal(nothing.bytes, 0);
  });

  it("streams a large object of many parts", async () => {
    const { sink } = place();
    const hash = createHash("sha256");
    const writer = await sink.create("large/object", { expectedBytes: 40 * MIB });
    for (let i = 0; i < 64; i++) {
      const chunk = bytesOf(655_361, i + 1);
      hash.update(chunk);
      await writer.write(chunk);
    }
    const info = await writer.publish();
    assert.equal(info.bytes, 64 * 655_361);
    assert.equal(sha256((await sink.read("large/object"))!), hash.digest("hex"));
    assert.deepEqual(await place().leftovers(), []);
  });

  it("replaces an object only at close, and readers see the old one until then", async () => {
    const { sink } = place();
    const first = await write(sink, "replaced", [text("old")]);
    const writer = await sink.create("replaced");
    await writer.write(text("new"));
    assert.equal(Buffer.from((await sink.read("replaced"))!).toString(), "old");
    const second = await writer.publish();
    assert.notEqual(second.etag, first.etag);
    assert.deepEqual(Buffer.from((await sink.read("replaced"))!), Buffer.from("new"));
  });

  it("leaves nothing after abort, small or large, and abort may be repeated", async () => {
    const { sink } = place();
    for (const length of [10, 12 * MIB]) {
      const writer = await sink.create("aborted");
      await writer.write(bytesOf(length));
      await writer.abort();
      await writer.abort();
      await assert.rejects(writer.write(text("more")), failsWith("CANCELLED"));
      await assert.rejects(writer.publish(), failsWith("CANCELLED"));
      assert.equal(await sink.head("aborted"), null);
      assert.deepEqual(await place().leftovers(), []);
    }
  });

  it("leaves nothing when its signal is aborted, before or during the writes", async () => {
    const { sink } = place();
    await assert.rejects(async () => {
      const writer = await sink.create("cancelled", { signal: AbortSignal.abort() });
      await writer.write(text("x"));
    }, failsWith("CANCELLED"));
    const stop = new AbortController();
    const writer = await sink.create("cancelled", { signal: stop.signal });
    await writer.write(bytesOf(11 * MIB));
    stop.abort();
    await assert.rejects(writer.publish(), failsWith("CANCELLED"));
    assert.equal(await sink.head("cancelled"), null);
    assert.deepEqual(await place().leftovers(), []);
  });

  it("does nothing on abort after close", async () => {
    const { sink } = place();
    const writer = await sink.create("kept");
    await writer.write(text("kept"));
    await writer.publish();
    await writer.abort();
    assert.equal((await sink.head("kept"))?.bytes, 4);
  });

  it("deletes, and doesn't mind what isn't there", async () => {
    const { sink } = place();
    await sink.put("deleted", text("x"));
    await sink.delete("deleted");
    assert.equal(await sink.head("deleted"), null);
    await sink.delete("deleted");
    await sink.delete("never/was/there");
  });
}

function reading(sink: () => Sink): void {
  it("reads ranges: from, to, from the end, beyond the end, nothing", async () => {
    const body = bytesOf(1000, 5);
    await sink().put("ranges", body);
    const cases: [{ start: number; end?: number }, Uint8Array][] = [
      [{ start: 0, end: 4 }, body.subarray(0, 4)],
      [{ start: 990 }, body.subarray(990)],
      [{ start: 500, end: 5000 }, body.subarray(500)],
      [{ start: -8 }, body.subarray(992)],
      [{ start: -5000 }, body],
      [{ start: 1000 }, new Uint8Array(0)],
      [{ start: 3000, end: 4000 }, new Uint8Array(0)],
      [{ start: 7, end: 7 }, new Uint8Array(0)],
    ];
    for (const [range, expected] of cases) {
      assert.deepEqual(Buffer.from((await sink().read("ranges", range))!), Buffer.from(expected), JSON.stringify(range));
    }
    await assert.rejects(sink().read("ranges", { start: 5, end: 4 }), RangeError);
    await assert.rejects(sink().read("ranges", { start: -5, end: 4 }), RangeError);
  });

  it("reads an object with its info, and a tail with the info of the whole", async () => {
    for (const length of [0, 5, 1000]) {
      const key = `got/${length}`;
      const body = bytesOf(length, 6);
      const put = await sink().put(key, body);
      const head = await sink().head(key);
      const got = await sink().get(key);
      assert.deepEqual(Buffer.from(got!.body), Buffer.from(body));
      assert.deepEqual(got!.info, head);
      assert.deepEqual({ ...put, modified: head!.modified }, head);
      for (const bytes of [1, 8, 5000]) {
        const tail = await sink().tail(key, bytes);
        assert.deepEqual(Buffer.from(tail!.body), Buffer.from(body.subarray(Math.max(0, length - bytes))));
        assert.deepEqual(tail!.info, head);
      }
      const [listed] = await collect(sink().list(key));
      assert.deepEqual({ ...listed!, modified: head!.modified }, { ...head, token: null });
    }
    await assert.rejects(sink().tail("got/5", 0), RangeError);
  });

  it("tells the store's time, in which objects are dated", async () => {
    const before = await sink().now();
    await sink().put("dated", text("x"));
    const { modified } = (await sink().head("dated"))!;
    const after = await sink().now();
    const slackMs = 2_000;
    assert.ok(after.getTime() >= before.getTime() - slackMs);
    assert.ok(modified.getTime() >= before.getTime() - slackMs, `${modified.toISOString()} is before ${before.toISOString()}`);
    assert.ok(modified.getTime() <= after.getTime() + slackMs, `${modified.toISOString()} is after ${after.toISOString()}`);
  });

  it("gives null for an absent key, whole or range, also below an object", async () => {
    await sink().put("parent", text("x"));
    for (const key of ["absent", "absent/deep/er", "parent/child"]) {
      assert.equal(await sink().head(key), null);
      assert.equal(await sink().read(key), null);
      assert.equal(await sink().read(key, { start: 0, end: 0 }), null);
      assert.equal(await sink().read(key, { start: -8 }), null);
      assert.equal(await sink().get(key), null);
      assert.equal(await sink().tail(key, 8), null);
    }
  });
}

function listing(openPlace: () => Promise<SinkPlace>): void {
  it("lists in byte order over pages, by any prefix, and never what is unfinished", async () => {
    const place = await openPlace();
    try {
      const { sink } = place;
      const names = ["a", "a-b", "a/b", "a/b/c=1", "a.b", "a/é", "a/z", "a/\u{1f30d}", "a/\uff5e", "A", "b/x=1/y"].filter(
        (key) => key !== "a" && key !== "a/b",
      );
      for (const key of [...names].reverse()) await sink.put(key, text(key));
      const writer = await sink.create("a/unfinished");
      await writer.write(text("x"));
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const prefix of ["", "a", "a/", "a/b", "a/b/c=", "b/x=1/", "nothing", "b/x=1/y"]) {
        const found = await collect(sink.list(prefix));
        const expected = sorted.filter((key) => key.startsWith(prefix));
        assert.deepEqual(
          found.map((info) => [info.key, info.bytes]),
          expected.map((key) => [key, Buffer.byteLength(key)]),
          prefix,
        );
      }
      assert.deepEqual(await collect(sink.listFolders("")), ["a/", "b/"]);
      assert.deepEqual(await collect(sink.listFolders("a/")), ["a/b/"]);
      assert.deepEqual(await collect(sink.listFolders("nothing/")), []);
      await writer.abort();
      const [first] = await collect(sink.list("a/b/c=1"));
      assert.equal(first?.etag, (await sink.head("a/b/c=1"))?.etag);
    } finally {
      await place.close();
    }
  });

  it("lists what was put and not deleted, whatever the keys", { timeout: 60_000 }, async () => {
    const segment = fc.stringMatching(/^[a-c=+ %&.é-]{1,4}$/).filter((name) => name !== "." && name !== "..");
    const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.map((part, i) => `${part}${i}`).join("/"));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { minLength: 1, maxLength: 12 }), fc.nat(), async (keys, pick) => {
        const free = keys.filter((one) => !keys.some((other) => other.startsWith(`${one}/`)));
        const place = await openPlace();
        try {
          for (const one of free) await place.sink.put(one, text(one));
          const gone = free[pick % free.length]!;
          await place.sink.delete(gone);
          const left = free.filter((one) => one !== gone).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          assert.deepEqual(
            (await collect(place.sink.list(""))).map((info) => info.key),
            left,
          );
          for (const one of left) assert.equal(Buffer.from((await place.sink.read(one))!).toString(), one);
        } finally {
          await place.close();
        }
      }),
      { numRuns: 10 },
    );
  });
}
