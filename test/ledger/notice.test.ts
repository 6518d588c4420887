import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readDocument } from "../../src/ledger/document.ts";
import { NoticeSchema, sendOnce } from "../../src/ledger/notice.ts";
import { noticeKey } from "../../src/ledger/paths.ts";
import { parseRunId } from "../../src/model/ids.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import { fakeActor } from "../support/fake-run.ts";

const RUN = parseRunId("r1");
const about = { object: "things", run: RUN, outcome: "incomplete" };
const readNotice = (sink: Parameters<typeof sendOnce>[0]) => readDocument(sink, noticeKey("things", RUN), NoticeSchema);

describe("the message about a run", () => {
  it("is sent by one of many that come at once, and by none that comes later", async () => {
    const sink = openMemorySink();
    let sent = 0;
    const send = async () => `m${++sent}`;
    const some = Array.from({ length: 8 }, (_, i) => sendOnce(sink, about, fakeActor(`p${i}`), send));
    assert.equal((await Promise.all(some)).filter(Boolean).length, 1);
    assert.equal(await sendOnce(sink, about, fakeActor("later"), send), false);
    assert.equal(await sendOnce(sink, { ...about, outcome: "whole" }, fakeActor("much later"), send), false);
    assert.equal(sent, 1);
    const notice = await readNotice(sink);
    assert.deepEqual([notice?.state, notice?.message_id, notice?.outcome], ["sent", "m1", "incomplete"]);
  });

  it("is sent by the next one where it could not be sent", async () => {
    const sink = openMemorySink();
    const fails = sendOnce(sink, about, fakeActor("a"), async () => Promise.reject(new Error("no topic")));
    await assert.rejects(fails, /no topic/);
    assert.equal((await readNotice(sink))?.state, "failed");
    assert.equal(await sendOnce(sink, about, fakeActor("b"), async () => "m1"), true);
    assert.equal((await readNotice(sink))?.state, "sent");
  });

  it("is sent by somebody else where its sender died, once that is sure", async () => {
    let now = Date.parse("2026-11-30T06:00:00Z");
    const sink = openMemorySink({ now: () => new Date(now) });
    // Its process is killed: nothing ever comes of it.
    void sendOnce(sink, about, fakeActor("dead"), () => new Promise(() => {}));
    while ((await readNotice(sink)) === null) await new Promise((resolve) => setTimeout(resolve, 1));
    now += 4 * 60_000;
    assert.equal(await sendOnce(sink, about, fakeActor("b"), async () => "too early"), false);
    now += 2 * 60_000;
    assert.equal(await sendOnce(sink, about, fakeActor("c"), async () => "m1"), true);
  });
});
