import assert from "node:assert/strict";
import { it } from "node:test";
import type { Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import type { SinkPlace } from "../support/sink-place.ts";
import { bytesOf, collect, text } from "./helpers.ts";

const MIB = 1 << 20;

export function conditions(place: () => SinkPlace): void {
  it("puts when absent for exactly one of many concurrent writers", async () => {
    const { sink } = place();
    const other = await place().other();
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) =>
        (i % 2 ? sink : other).put("race/absent", text(`writer ${i}`), { condition: "absent" }),
      ),
    );
    const winners = tries.flatMap((result, i) => (result.status === "fulfilled" ? [i] : []));
    for (const result of tries) if (result.status === "rejected") failsWith("SINK_CONFLICT")(result.reason);
    assert.equal(winners.length, 1);
    assert.equal(Buffer.from((await sink.read("race/absent"))!).toString(), `writer ${winners[0]}`);
    await other.close();
  });

  it("replaces by etag for exactly one of many concurrent writers, again and again", async () => {
    const { sink } = place();
    const other = await place().other();
    let { etag } = await sink.put("race/etag", text("start"));
    for (let round = 0; round < 5; round++) {
      const tries = await Promise.allSettled(
        Array.from({ length: 6 }, (_, i) =>
          (i % 2 ? sink : other).put("race/etag", text(`${round}.${i}`), { condition: { etag } }),
        ),
      );
      const winners = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      for (const result of tries) if (result.status === "rejected") failsWith("SINK_CONFLICT")(result.reason);
      assert.equal(winners.length, 1);
      assert.equal((await sink.head("race/etag"))?.etag, winners[0]!.etag);
      etag = winners[0]!.etag;
    }
    await other.close();
  });

  it("refuses an etag that is not that of the object, and any etag when it is gone", async () => {
    const { sink } = place();
    const old = await sink.put("etag", text("1"));
    await sink.put("etag", text("2"), { condition: { etag: old.etag } });
    await assert.rejects(sink.put("etag", text("3"), { condition: { etag: old.etag } }), failsWith("SINK_CONFLICT"));
    await assert.rejects(sink.put("etag", text("3"), { condition: "absent" }), failsWith("SINK_CONFLICT"));
    await sink.delete("etag");
    await assert.rejects(sink.put("etag", text("3"), { condition: { etag: old.etag } }), failsWith("SINK_CONFLICT"));
    assert.equal(await sink.head("etag"), null);
  });

  it("publishes on a condition, again on another one after a conflict, and leaves nothing when it gives up", async () => {
    const { sink } = place();
    const inParts = place().gaps?.includes("complete on an etag") ? [] : [11 * MIB];
    for (const length of [10, ...inParts]) {
      const key = `raced/${length}`;
      const writer = await sink.create(key);
      await writer.write(bytesOf(length));
      const first = await sink.put(key, text("first"));
      await assert.rejects(writer.publish("absent"), failsWith("SINK_CONFLICT"));
      await assert.rejects(writer.publish({ etag: '"another"' }), failsWith("SINK_CONFLICT"));
      assert.equal(Buffer.from((await sink.read(key))!).toString(), "first");
      const info = await writer.publish({ etag: first.etag });
      assert.equal((await sink.head(key))?.etag, info.etag);
      assert.equal((await sink.read(key))!.length, length);

      const late = await sink.create(key);
      await late.write(bytesOf(length, 2));
      await assert.rejects(late.publish("absent"), failsWith("SINK_CONFLICT"));
      await late.abort();
      assert.equal((await sink.head(key))?.etag, info.etag);
      assert.deepEqual(await place().leftovers(), []);
    }
  });
}

export function keys(sink: () => Sink): void {
  const bad = [
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "./a",
    "a\\b",
    "a\0b",
    "a\nb",
    "\u007f",
    "\ud800",
    ".pg-bronze-x",
    "a/.pg-bronze-tmp-1",
    "x".repeat(256),
    "x/".repeat(600),
  ];
  it("refuses every key that could leave the sink, hide, or confuse", async () => {
    for (const key of bad) {
      const attempts: (() => Promise<unknown>)[] = [
        () => sink().create(key),
        () => sink().put(key, text("x")),
        () => sink().read(key),
        () => sink().get(key),
        () => sink().tail(key, 8),
        () => sink().head(key),
        () => sink().delete(key),
        async () => sink().locate(key),
      ];
      for (const attempt of attempts) await assert.rejects(attempt, failsWith("KEY_INVALID"), JSON.stringify(key));
    }
    await assert.rejects(async () => collect(sink().list("../")), failsWith("KEY_INVALID"));
  });

  it("takes every other key as it stands", async () => {
    for (const key of ["a=b/c d/e+f", "%2e%2e/x", "ünïcødé/\u{1f30d}", "a..b/...", "'\"<>&;|*?:", "x".repeat(255)]) {
      await sink().put(`odd/${key}`, text(key));
      assert.equal(Buffer.from((await sink().read(`odd/${key}`))!).toString(), key);
    }
  });
}
