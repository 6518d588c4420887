import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ShardClaim } from "../../src/ledger/claim.ts";
import { CLOCK_SKEW_MS, type Situation, STATES, situationOf } from "../../src/ledger/claim-states.ts";
import { claimShard, newOwner, readClaim, readClaims, releaseClaims } from "../../src/ledger/claims.ts";
import type { Lease } from "../../src/ledger/lease.ts";
import { claimKey, manifestKey } from "../../src/ledger/paths.ts";
import { createPlan } from "../../src/ledger/plan.ts";
import { writeManifest } from "../../src/ledger/shards.ts";
import { runStatus } from "../../src/ledger/status.ts";
import { parseShardId } from "../../src/model/ids.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import { encode, manifest, OBJECT, plan, RUN, TRAVIS, temporarySink } from "../support/ledger-samples.ts";
import { openBucket } from "../support/s3-place.ts";
import { onOperation } from "../support/s3-server/index.ts";

const address = { object: OBJECT, run: RUN, shard: TRAVIS };
const LEASE_MS = 60_000;
const START = Date.parse("2026-11-30T00:00:00Z");

/** A clock that stands until it is told. */
function clock(): { now: () => Date; forward(ms: number): void } {
  let at = START;
  return {
    now: () => new Date(at),
    forward: (ms) => {
      at += ms;
    },
  };
}

async function claimed(sink: Sink, owner: string, now: () => Date): Promise<Lease> {
  const outcome = await claimShard(sink, address, { owner, leaseMs: LEASE_MS, now });
  assert.equal(outcome.outcome, "claimed");
  return (outcome as { lease: Lease }).lease;
}

describe("the states of a shard", () => {
  const claim: ShardClaim = {
    version: 1,
    object: OBJECT,
    run: RUN,
    shard: TRAVIS,
    owner: "a",
    state: "running",
    attempt: 1,
    claimed_at: new Date(START).toISOString(),
    heartbeat_at: new Date(START).toISOString(),
    expires_at: new Date(START + LEASE_MS).toISOString(),
    error: null,
  };
  const late = LEASE_MS + CLOCK_SKEW_MS + 1;
  const table: [ShardClaim | null, boolean, string, number, Situation, string, string][] = [
    // claim, manifest there?, who asks, ms later → situation, what they do, what people are told
    [null, false, "a", 0, "unclaimed", "create", "missing"],
    [null, true, "a", 0, "landed", "done", "landed"],
    [claim, false, "a", 0, "mine", "resume", "running"],
    [claim, false, "a", late, "mine", "resume", "running"],
    [claim, false, "b", 0, "stranger", "wait", "running"],
    [claim, false, "b", LEASE_MS + CLOCK_SKEW_MS, "stranger", "wait", "running"],
    [claim, false, "b", late, "expired", "take", "lost"],
    [claim, true, "b", 0, "landed", "done", "landed"],
    [{ ...claim, state: "failed" }, false, "b", 0, "failed", "take", "failed"],
    [{ ...claim, state: "failed" }, true, "b", 0, "landed", "done", "landed"],
    [{ ...claim, state: "released" }, false, "b", 0, "released", "take", "missing"],
    [{ ...claim, state: "landed" }, true, "b", 0, "landed", "done", "landed"],
    [{ ...claim, state: "landed" }, false, "b", 0, "released", "take", "missing"],
  ];
  for (const [of, landed, owner, ms, situation, act, status] of table) {
    it(`${of?.state ?? "no claim"}${landed ? ", manifest there" : ""}, asked by ${owner} after ${ms} ms: ${situation}, ${act}, ${status}`, () => {
      assert.equal(situationOf(of, landed, owner, new Date(START + ms)), situation);
      assert.deepEqual(STATES[situation], { act, status });
    });
  }

  it("are all in the table", () => {
    assert.deepEqual(new Set(table.map(([, , , , situation]) => situation)), new Set(Object.keys(STATES)));
  });
});

describe("a claim", () => {
  it("goes to exactly one of many who want it at once", async (t) => {
    const sink = await temporarySink(t);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => claimShard(sink, address, { owner: newOwner() })));
    assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ["claimed", ...Array(9).fill("held")]);
  });

  it("goes to exactly one of many when it expired, and the silent one hears of it", async (t) => {
    const sink = await temporarySink(t);
    const { now, forward } = clock();
    const silent = await claimed(sink, "silent", now);
    forward(LEASE_MS + CLOCK_SKEW_MS + 1);
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, i) => claimShard(sink, address, { owner: `o${i}`, leaseMs: LEASE_MS, now })),
    );
    assert.equal(outcomes.filter(({ outcome }) => outcome === "claimed").length, 1);
    assert.equal((await readClaim(sink, address))?.attempt, 2);
    assert.equal(silent.lost.aborted, false);
    await assert.rejects(silent.renew(), failsWith("SINK_CONFLICT"));
    assert.equal(silent.lost.aborted, true);
    await silent.end("landed");
    assert.equal((await readClaim(sink, address))?.state, "running", "the new owner's claim is left alone");
  });

  it("holds as long as its heart beats", async (t) => {
    const sink = await temporarySink(t);
    const { now, forward } = clock();
    const lease = await claimed(sink, "a", now);
    for (let beat = 0; beat < 5; beat++) {
      forward(LEASE_MS);
      await lease.renew();
      assert.equal((await claimShard(sink, address, { owner: "b", now })).outcome, "held");
    }
  });

  it("is taken again after a failure, and says how the last attempt ended", async (t) => {
    const sink = await temporarySink(t);
    const { now } = clock();
    const error = { code: "SOURCE_INTERRUPTED", message: "the backend was killed", hint: null, retryable: true };
    await (await claimed(sink, "a", now)).fail(error);
    assert.deepEqual((await readClaim(sink, address))?.error, error);
    const second = await claimed(sink, "b", now);
    assert.equal(second.attempt, 2);
    assert.deepEqual((await readClaim(sink, address))?.error, error);
    await second.end("released");
    assert.equal((await claimed(sink, "c", now)).attempt, 3);
  });

  it("isn't given for a shard that has landed", async (t) => {
    const sink = await temporarySink(t);
    await writeManifest(sink, manifest, null);
    const outcome = await claimShard(sink, address, { owner: "a" });
    assert.equal(outcome.outcome, "landed");
    assert.equal(await readClaim(sink, address), null);
  });

  it("is not lost by a heartbeat whose answer was", async (t) => {
    const place = await openBucket();
    t.after(() => place.close());
    const lease = await claimed(place.sink, "a", clock().now);
    place.server.faults.add({ fault: { kind: "lose-answer" }, when: onOperation("PutObject"), times: 1 });
    await lease.renew();
    place.server.faults.clear();
    // All answers lost, and the write itself done: the next beat finds its own claim.
    place.server.faults.add({ fault: { kind: "lose-answer" }, when: onOperation("PutObject", "HeadObject"), times: 6 });
    await lease.renew().catch(() => {});
    place.server.faults.clear();
    await lease.renew();
    await lease.end("landed");
    assert.equal(lease.lost.aborted, false);
    assert.equal((await readClaim(place.sink, address))?.state, "landed");
  });

  it("keeps itself alive, and stops when it ends", async (t) => {
    const sink = await temporarySink(t);
    let beats = 0;
    let beaten: () => void = () => {};
    const watched: Sink = {
      ...sink,
      put: async (...args) => {
        const info = await sink.put(...args);
        if (++beats === 4) beaten();
        return info;
      },
    };
    const outcome = await claimShard(watched, address, { owner: "a", leaseMs: 30 });
    assert.equal(outcome.outcome, "claimed");
    const { lease } = outcome as { lease: Lease };
    const fourth = new Promise<void>((resolve) => {
      beaten = resolve;
    });
    // The lease's timer doesn't keep the process alive; the test does.
    const awake = setInterval(() => {}, 1000);
    lease.keepAlive();
    await fourth;
    await lease.end("landed");
    clearInterval(awake);
    const { heartbeat_at } = (await readClaim(sink, address))!;
    await lease.renew();
    assert.equal((await readClaim(sink, address))?.heartbeat_at, heartbeat_at);
  });

  it("has one owner at a time, whatever the interleaving", { timeout: 60_000 }, async (t) => {
    const step = fc.record({
      owner: fc.constantFrom("a", "b", "c"),
      act: fc.constantFrom("claim", "renew", "fail", "release", "wait"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 8 }), async (rounds) => {
        const sink = await temporarySink(t);
        const { now, forward } = clock();
        const leases = new Map<string, Lease>();
        for (const round of rounds) {
          const acts = round.map(async ({ owner, act }) => {
            const lease = leases.get(owner);
            if (act === "wait") forward(LEASE_MS);
            else if (act === "claim") {
              const outcome = await claimShard(sink, address, { owner, leaseMs: LEASE_MS, now });
              if (outcome.outcome === "claimed") leases.set(owner, outcome.lease);
            } else if (act === "renew") await lease?.renew().catch(failsWith("SINK_CONFLICT"));
            else if (act === "fail") await lease?.fail({ code: "X", message: "x", hint: null, retryable: true });
            else await lease?.end("released");
          });
          await Promise.all(acts);
          // At rest: of all who think they hold it, only the one whom the ledger names can renew.
          const claim = await readClaim(sink, address);
          for (const [owner, lease] of leases) {
            const before = claim?.heartbeat_at;
            forward(1);
            const held = await lease.renew().then(
              () => true,
              () => false,
            );
            const changed = (await readClaim(sink, address))?.heartbeat_at !== before;
            if (held && changed) assert.equal(claim?.owner, owner);
            if (claim?.owner !== owner) leases.delete(owner);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("a run's status", () => {
  it("tells of every shard of the plan from the ledger alone", async (t) => {
    const sink = await temporarySink(t);
    const ids = ["failed", "landed", "lost", "missing", "running"].map(parseShardId);
    await createPlan(sink, { ...plan, shards: ids.map((id) => ({ ...plan.shards[0]!, id })) });
    const { now, forward } = clock();
    const claim = async (id: string): Promise<Lease> => {
      const outcome = await claimShard(sink, { ...address, shard: parseShardId(id) }, { owner: id, leaseMs: LEASE_MS, now });
      return (outcome as { lease: Lease }).lease;
    };
    await claim("lost");
    const failed = await claim("failed");
    await failed.fail({ code: "TABLE_MISSING", message: "no table", hint: null, retryable: false });
    await claim("landed");
    await writeManifest(sink, { ...manifest, shard: "landed" }, null);
    forward(LEASE_MS * 2);
    await claim("running");
    const status = await runStatus(sink, OBJECT, RUN, now());
    assert.deepEqual(
      status?.shards.map((one) => one.status),
      ids,
    );
    assert.equal(status?.shards[0]?.error?.code, "TABLE_MISSING");
    assert.equal(status?.shards[1]?.manifest?.rows, 3);
    assert.equal((await readClaims(sink, OBJECT, RUN)).length, 4);
    assert.ok(await sink.head(claimKey(OBJECT, RUN, parseShardId("lost"))));
  });

  it("names a damaged document as the failure of its shard, and tells of the others as always", async (t) => {
    const sink = await temporarySink(t);
    const ids = ["a-whole", "b-claim", "c-newer", "d-manifest", "e-landed", "f-running"].map(parseShardId);
    await createPlan(sink, { ...plan, shards: ids.map((id) => ({ ...plan.shards[0]!, id })) });
    const put = (key: string, text: string) => sink.put(key, encode(text));
    for (const shard of ["a-whole", "e-landed"]) await writeManifest(sink, { ...manifest, shard }, null);
    await put(claimKey(OBJECT, RUN, ids[1]!), "{");
    await put(claimKey(OBJECT, RUN, ids[2]!), '{"version":2}');
    await put(manifestKey(OBJECT, RUN, ids[3]!), '{"version":1,"rows":-1}');
    await put(claimKey(OBJECT, RUN, ids[4]!), "no claim is needed where a manifest is");
    await claimShard(sink, { ...address, shard: ids[5]! }, { owner: "a" });
    const status = await runStatus(sink, OBJECT, RUN);
    assert.deepEqual(
      status?.shards.map((one) => [one.shard, one.status, one.error?.code ?? null]),
      [
        ["a-whole", "landed", null],
        ["b-claim", "failed", "LEDGER_CORRUPT"],
        ["c-newer", "failed", "LEDGER_VERSION"],
        ["d-manifest", "failed", "LEDGER_CORRUPT"],
        ["e-landed", "landed", null],
        ["f-running", "running", null],
      ],
    );
    assert.match(status?.shards[1]?.error?.message ?? "", /claims\/b-claim\.json is not JSON/);
    assert.match(status?.shards[2]?.error?.hint ?? "", /Update pg-bronze/);
    assert.deepEqual(await releaseClaims(sink, OBJECT, RUN, "cancel"), ["f-running"]);
    assert.equal((await claimShard(sink, { ...address, shard: ids[4]! }, { owner: "b" })).outcome, "landed");
  });

  it("is null for a run without a plan", async (t) => {
    assert.equal(await runStatus(await temporarySink(t), OBJECT, RUN), null);
  });
});
