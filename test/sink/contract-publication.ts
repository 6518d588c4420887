import assert from "node:assert/strict";
import { it } from "node:test";
import type { ObjectWriter, Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import type { SinkPlace } from "../support/sink-place.ts";
import { bytesOf, collect, text } from "./helpers.ts";

const MIB = 1 << 20;
/** One request, or an upload of three parts. */
const SIZES = [1000, 11 * MIB];

async function written(sink: Sink, key: string, body: Uint8Array, options = {}): Promise<ObjectWriter> {
  const writer = await sink.create(key, options);
  await writer.write(body.slice());
  return writer;
}

const read = async (sink: Sink, key: string): Promise<string> => Buffer.from((await sink.read(key))!).toString();

/** Sizes whose publication can have an etag as its condition. */
const sizesOf = (place: () => SinkPlace) => (): number[] => (place().gaps?.includes("complete on an etag") ? [1000] : SIZES);

/** What a writer promises between its last byte and the visible object. */
export function publication(place: () => SinkPlace): void {
  const sizes = sizesOf(place);

  it("shows nothing of a sealed object, and says how large it is and by what it will be known", async () => {
    const { sink } = place();
    for (const length of SIZES) {
      const key = `sealed/${length}`;
      const writer = await written(sink, key, bytesOf(length));
      const sealed = await writer.seal();
      assert.equal(sealed.bytes, length);
      assert.deepEqual(await writer.seal(), sealed);
      await assert.rejects(writer.write(text("more")), /already sealed/);
      assert.equal(await sink.head(key), null);
      assert.deepEqual(await collect(sink.list(key)), []);
      const info = await writer.publish("absent");
      assert.equal(info.token, sealed.token);
      assert.deepEqual({ ...(await sink.head(key)), modified: info.modified }, info);
      await assert.rejects(writer.publish(), /already published/);
    }
  });

  it("leaves nothing of a sealed object that is given up", async () => {
    const { sink } = place();
    for (const length of SIZES) {
      const writer = await written(sink, "given-up", bytesOf(length));
      await writer.seal();
      await writer.abort();
      await assert.rejects(writer.publish(), failsWith("CANCELLED"));
      assert.equal(await sink.head("given-up"), null);
      assert.deepEqual(await place().leftovers(), []);
    }
  });

  it("publishes and deletes nothing that comes too late, and is ready to when it doesn't", async () => {
    const { sink } = place();
    const tooLate = { inTime: () => false };
    for (const length of SIZES) {
      const writer = await written(sink, "late", bytesOf(length));
      await assert.rejects(
        writer.publish("absent", tooLate),
        failsWith("SINK_FAILED", (failure) => assert.equal(failure.retryable, true)),
      );
      assert.equal(await sink.head("late"), null);
      const { etag } = await writer.publish("absent", { inTime: () => true });
      await assert.rejects(sink.delete("late", { condition: { etag }, ...tooLate }), failsWith("SINK_FAILED"));
      assert.equal((await sink.head("late"))?.etag, etag);
      await sink.delete("late", { condition: { etag }, inTime: () => true });
    }
  });

  it("tells two writes of the same bytes apart by their tokens, and one's own from the other's", async () => {
    const { sink } = place();
    const other = await place().other();
    for (const length of sizes()) {
      const key = `same/${length}`;
      const mine = await written(sink, key, bytesOf(length));
      const theirs = await written(other, key, bytesOf(length));
      const { token } = await mine.seal();
      const landed = await theirs.publish("absent");
      await assert.rejects(mine.publish("absent"), failsWith("SINK_CONFLICT"));
      assert.equal((await sink.head(key))?.token, landed.token);
      assert.notEqual(landed.token, token);
      await mine.publish({ etag: landed.etag });
      assert.equal((await other.head(key))?.token, token);
    }
    await other.close();
  });

  it("publishes for exactly one of many writers with the same condition", async () => {
    const { sink } = place();
    const other = await place().other();
    for (const condition of ["absent", "etag"] as const) {
      const key = `race/publish-${condition}`;
      const etag = condition === "etag" ? (await sink.put(key, text("first"))).etag : null;
      const writers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => written(i % 2 ? sink : other, key, text(`writer ${i}`))),
      );
      const tries = await Promise.allSettled(writers.map((writer) => writer.publish(etag === null ? "absent" : { etag })));
      const winners = tries.flatMap((result, i) => (result.status === "fulfilled" ? [i] : []));
      for (const result of tries) if (result.status === "rejected") failsWith("SINK_CONFLICT")(result.reason);
      assert.equal(winners.length, 1);
      assert.equal(await read(sink, key), `writer ${winners[0]}`);
      for (const writer of writers) await writer.abort();
      assert.equal(await read(sink, key), `writer ${winners[0]}`);
    }
    assert.deepEqual(await place().leftovers(), []);
    await other.close();
  });

  it("ends a publication that has begun, whoever aborts meanwhile", async () => {
    const { sink } = place();
    for (const length of SIZES) {
      const stop = new AbortController();
      const key = `begun/${length}`;
      const writer = await written(sink, key, bytesOf(length), { signal: stop.signal });
      await writer.seal();
      const publishing = writer.publish();
      await Promise.resolve();
      stop.abort();
      const aborting = writer.abort();
      const info = await publishing;
      await aborting;
      assert.equal((await sink.head(key))?.token, info.token);
    }
  });

  it("publishes nothing when the signal comes before the publication", async () => {
    const { sink } = place();
    for (const length of SIZES) {
      const stop = new AbortController();
      const writer = await written(sink, "too-late", bytesOf(length), { signal: stop.signal });
      await writer.seal();
      stop.abort();
      await assert.rejects(writer.publish(), failsWith("CANCELLED"));
      assert.equal(await sink.head("too-late"), null);
      assert.deepEqual(await place().leftovers(), []);
    }
  });

  it("deletes on condition: only the object that it names", async () => {
    const { sink } = place();
    const first = await sink.put("named", text("1"));
    const second = await sink.put("named", text("2"), { condition: { etag: first.etag } });
    await assert.rejects(sink.delete("named", { condition: { etag: first.etag } }), failsWith("SINK_CONFLICT"));
    assert.equal(await read(sink, "named"), "2");
    await sink.delete("named", { condition: { etag: second.etag } });
    assert.equal(await sink.head("named"), null);
    if (place().gaps?.includes("deletion of what is gone")) return;
    await assert.rejects(sink.delete("named", { condition: { etag: second.etag } }), failsWith("SINK_CONFLICT"));
  });
}

/** What holds when answers get lost, or requests arrive late. */
export function lostAnswers(place: () => SinkPlace): void {
  const sizes = sizesOf(place);

  it("knows its own publication when the answers to it are lost, also over the same bytes", async () => {
    const { sink } = place();
    const wire = place().wire!;
    for (const length of sizes()) {
      for (const times of [1, 100]) {
        const key = `lost/${length}-${times}`;
        const { etag } = await (await written(sink, key, bytesOf(length))).publish();
        const writer = await written(sink, key, bytesOf(length));
        const { token } = await writer.seal();
        wire.loseAnswers(times);
        const info = await writer.publish({ etag });
        assert.equal(info.token, token);
        const put = await sink.put(`${key}-put`, text("x"), { condition: "absent" });
        wire.loseAnswers(0);
        assert.equal((await sink.head(key))?.token, token);
        assert.equal((await sink.head(`${key}-put`))?.token, put.token);
      }
    }
  });

  it("says that the outcome is unknown while a publication may still arrive, and never takes another's object for its own", async () => {
    const { sink } = place();
    const wire = place().wire!;
    for (const length of SIZES) {
      const key = `late/${length}`;
      const writer = await written(sink, key, bytesOf(length));
      await writer.seal();
      const arrive = wire.holdBack();
      const unknown = failsWith("SINK_FAILED", (failure) => {
        assert.equal(failure.context["outcome"], "unknown");
        assert.equal(failure.retryable, true);
      });
      await assert.rejects(writer.publish("absent"), unknown);
      await arrive();
      // It has arrived meanwhile: the next publication meets it, and knows it.
      assert.equal((await writer.publish("absent")).token, (await sink.head(key))?.token);
    }
  });

  it("makes an upload that was given up in doubt impossible; of a single put it says that it may still come", async () => {
    const { sink } = place();
    const wire = place().wire!;
    for (const length of SIZES) {
      const key = `late-abort/${length}`;
      const writer = await written(sink, key, bytesOf(length));
      await writer.seal();
      const arrive = wire.holdBack();
      await assert.rejects(writer.publish("absent"), failsWith("SINK_FAILED"));
      if (length > MIB) await writer.abort();
      else await assert.rejects(writer.abort(), /may still appear/);
      await arrive();
      assert.equal((await sink.head(key))?.bytes ?? null, length > MIB ? null : length);
      assert.deepEqual(await place().leftovers(), []);
    }
  });

  it("has a late publication refused when somebody else was faster", async () => {
    const { sink } = place();
    const wire = place().wire!;
    const other = await place().other();
    for (const length of sizes()) {
      for (const condition of ["absent", "etag"] as const) {
        const key = `overtaken/${length}-${condition}`;
        const before = condition === "etag" ? { etag: (await sink.put(key, text("before"))).etag } : condition;
        const writer = await written(sink, key, bytesOf(length));
        await writer.seal();
        const arrive = wire.holdBack();
        await assert.rejects(writer.publish(before), failsWith("SINK_FAILED"));
        const theirs = await other.put(key, text("theirs"), { condition: before });
        await arrive();
        assert.equal((await sink.head(key))?.token, theirs.token);
        await assert.rejects(writer.publish(before), failsWith("SINK_CONFLICT"));
        await writer.abort().catch(() => {});
        assert.equal(await read(sink, key), "theirs");
      }
    }
    assert.deepEqual(await place().leftovers(), []);
    await other.close();
  });
}
